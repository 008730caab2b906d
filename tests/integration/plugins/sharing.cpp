// Tasks of several stages that meet in objects of the pipeline file.
#include <penstock/array.hpp>
#include <penstock/barrier.hpp>
#include <penstock/event.hpp>
#include <penstock/mutex.hpp>
#include <penstock/plugin.hpp>
#include <penstock/queue.hpp>
#include <penstock/semaphore.hpp>
#include <penstock/shared.hpp>
#include <penstock/shared_map.hpp>
#include <penstock/value.hpp>

#include <algorithm>
#include <csignal>
#include <mutex>

namespace {

using penstock::Emit;
using penstock::Params;
using penstock::Shared;

struct Longest {
  std::int64_t length;
  char text[32];
};
PENSTOCK_FIELDS(Longest, length, text)

// Notes each line in all of them.
struct Note {
  Shared<penstock::Value<std::int64_t>> lines;
  Shared<penstock::Value<Longest>> longest;
  Shared<penstock::Array<std::int64_t>> lengths;
  Shared<penstock::SharedMap<std::int64_t>> words;
  Shared<penstock::Queue<std::string>> queue;

  void params(Params& p) {
    p.required("lines", lines, "how many there were");
    p.required("longest", longest, "of all lines");
    p.required("lengths", lengths, "lines by their length");
    p.required("words", words, "how often there was each");
    p.required("queue", queue, "the lines");
  }

  void run(std::string_view line, Emit<std::string_view>& out) {
    *lines += 1;
    longest->update([&](Longest& best) {
      const auto length = static_cast<std::int64_t>(line.size());
      if (length <= best.length) return;
      best = {length, {}};
      std::copy_n(line.data(), std::min(line.size(), sizeof best.text), best.text);
    });
    std::atomic_ref(lengths->at(std::min(line.size(), lengths->size() - 1))) += 1;
    words->fetch_add(line, 1);
    queue->put(std::string(line));
    out(line);
  }
};

// Emits at the end what stands in them.
struct Tell : Note {
  void run(std::string_view) {}
  void finish(Emit<std::string>& out) {
    const Longest best = longest->get();
    out("lines " + std::to_string(lines->get()));
    out("longest " + std::string(best.text) + " " + std::to_string(best.length));
    for (std::size_t i = 0; i != lengths->size(); ++i) {
      if ((*lengths)[i] != 0) {
        out("length " + std::to_string(i) + ": " + std::to_string((*lengths)[i]));
      }
    }
    std::vector<std::string> keys = words->keys();
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) out(key + " " + std::to_string(*words->get(key)));
    out("queued " + std::to_string(queue->size()));
  }
};

// A step of several writes that only a lock makes one. The first call with "die" takes the lock
// and its process dies.
struct Step {
  Shared<penstock::Mutex> turns;
  Shared<penstock::Array<std::int64_t>> pair;
  Shared<penstock::Value<std::int64_t>> deaths;

  void params(Params& p) {
    p.required("turns", turns, "taken for each step");
    p.required("pair", pair, "both are the number of steps");
    p.required("deaths", deaths, "of those who had the lock");
  }

  void run(std::string_view line, Emit<std::string>& out) {
    const std::lock_guard guard(*turns);
    const bool abandoned = turns->abandoned();
    if (line == "die" && deaths->fetch_add(1) == 0) std::raise(SIGKILL);
    volatile std::int64_t* numbers = pair->data();
    numbers[0] = numbers[0] + 1;
    numbers[1] = numbers[1] + 1;
    if (abandoned) out("abandoned");
    if (numbers[0] != numbers[1]) out("torn");
  }
};

struct Count {
  Shared<penstock::Array<std::int64_t>> pair;
  void params(Params& p) { p.required("pair", pair, "both are the number of steps"); }
  std::vector<std::string> said;
  void run(std::string_view line) { said.emplace_back(line); }
  void finish(Emit<std::string>& out) {
    for (const std::string& line : said) out(line);
    out("steps " + std::to_string((*pair)[0]) + " " + std::to_string((*pair)[1]));
  }
};

// Passes when another worker is here as well; the last of each round opens the gate.
struct Meet {
  Shared<penstock::Barrier> barrier;
  Shared<penstock::Event> met;
  Shared<penstock::BoundedSemaphore> permits;
  void params(Params& p) {
    p.required("barrier", barrier, "for all workers");
    p.required("met", met, "set when they have met");
    p.required("permits", permits, "of those who may be here");
  }
  void run(std::string_view line, Emit<std::string>& out) {
    permits->acquire();
    barrier->wait();
    met->set();
    permits->release();
    out(std::string(line) + " met");
  }
};

// Waits for what another stage does.
struct Await {
  Shared<penstock::Event> met;
  void params(Params& p) { p.optional("met", met, "what is waited for"); }
  void run(std::string_view line, Emit<std::string>& out) {
    if (met) met->wait();
    out(std::string(line) + (met ? " after it" : " without"));
  }
};

void by_name(std::string_view line, Emit<std::string>& out) {
  static const auto counter = penstock::Value<std::int64_t>::named("counter");
  out(std::string(line) + " " + std::to_string(counter.fetch_add(1)));
}

}  // namespace

PENSTOCK_PLUGIN("sharing", "1.0.0", "tasks that meet in shared objects") {
  plugin.transform<Note>("note", "notes lines in shared objects");
  plugin.stateful<Tell>("tell", "tells what stands in them");
  plugin.transform<Step>("step", "counts under a lock");
  plugin.stateful<Count>("count", "tells the count");
  plugin.transform<Meet>("meet", "waits for another worker");
  plugin.transform<Await>("await", "waits for an event");
  plugin.transform("by_name", "counts in an object that it asks for by name", by_name);
}
