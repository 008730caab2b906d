// Tasks whose behaviour each item chooses. An item is a line of words: first its path (`17`, and
// for a child `17/3`), then what is to happen to it: STAGE.WHAT=VALUE, or STAGE@INDEX.WHAT=VALUE
// for the child of that index alone.
//   delay=MS  fail=N  crash=N (in the first N attempts)  kids=N  pad=BYTES  none  reject  key=TEXT
#include "flow_line.hpp"

#include <penstock/json.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace penstock;
using namespace flow;

namespace {

// ---- Lines
// ---------------------------------------------------------------------------------------

struct Act {
  std::string name;

  void params(Params& p) { p.required("name", name, "of the stage, as the items call it"); }
  void run(std::string_view text, Emit<std::string_view>& out, Context& context) {
    const Line line(text);
    line.suffer(name, context.attempt());
    give(line, name, out);
  }
};

// The same with a number of lines at once. Each call is noted: its size, then the attempts.
struct Acts {
  std::string name;
  std::string calls;
  bool together = false;

  void params(Params& p) {
    p.required("name", name, "of the stage, as the items call it");
    p.required("calls", calls, "file in which they are noted");
    p.optional("together", together, "what is made counts as made from all items of the call");
  }
  void run(std::span<const std::string_view> texts, Emit<std::string_view>& out, Context& context) {
    std::string attempts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      attempts += ' ' + std::to_string(context.attempt(i));
    }
    note(calls, std::to_string(texts.size()) + attempts);
    for (std::size_t i = 0; i < texts.size(); ++i) Line(texts[i]).suffer(name, context.attempt(i));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      give(Line(texts[i]), name, together ? out : out.of(i));
    }
  }
};

// Gives each line with its key, if it has one; `number`: as a number.
struct Key {
  std::string name;
  bool number = false;

  void params(Params& p) {
    p.required("name", name, "of the stage, as the items call it");
    p.optional("number", number, "keys are numbers");
  }
  void run(std::string_view text, Emit<std::string_view>& out) {
    const Line line(text);
    if (!line.has(name, "key")) return out(text);
    if (number) return out(text, static_cast<std::int64_t>(line.number(name, "key")));
    out(text, line.value(name, "key"));
  }
};

// Each line, with the instance that had it and how many it had before.
struct Keep {
  std::string name;
  std::string pids;
  std::int64_t seen = 0;

  void params(Params& p) {
    p.required("name", name, "of the stage, as the items call it");
    p.optional("pids", pids, "file in which each worker is noted");
  }
  void open(Context& context) {
    if (!pids.empty()) note(pids, instance(context) + ' ' + pid());
  }
  void run(std::string_view text, Emit<std::string>& out, Context& context) {
    const std::string before = instance(context) + ' ' + std::to_string(seen++) + ' ';
    const Line line(text);
    line.suffer(name, context.attempt());
    if (!line.has(name, "kids")) return out(before + std::string(text));
    for (unsigned i = 0; i < line.number(name, "kids"); ++i) {
      out(before + std::string(line.path()) + '/' + std::to_string(i) + std::string(line.rest()));
    }
  }
  Snapshot snapshot() { return seen; }
  void restore(const Snapshot& from) { seen = from.as<std::int64_t>(); }
};

// The same with a number of lines at once; what it gives is made from all of them.
struct Keeps : Keep {
  std::string calls;

  void params(Params& p) {
    Keep::params(p);
    p.required("calls", calls, "file in which they are noted");
  }
  void run(std::span<const std::string_view> texts, Emit<std::string>& out, Context& context) {
    note(calls, instance(context) + ' ' + std::to_string(texts.size()));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string order = std::to_string(seen++);
      Line(texts[i]).suffer(name, context.attempt(i));
      out(instance(context) + ' ' + order + ' ' + std::string(texts[i]));
    }
  }
};

// Which paths came from the left and which from the right; ends like a join.
struct Sides {
  std::map<std::string, std::int64_t> seen;

  void left(std::string_view text, Emit<std::string>&) { take(text, 1); }
  void right(std::string_view text, Emit<std::string>&) { take(text, 1000); }
  void finish(Emit<std::string>& out) {
    for (const auto& [path, count] : seen) out(path + ' ' + std::to_string(count));
  }
  Snapshot snapshot() { return seen; }
  void restore(const Snapshot& from) { seen = from.as<decltype(seen)>(); }

 private:
  void take(std::string_view text, std::int64_t count) {
    Line(text).suffer("sides", 1);
    seen[std::string(Line(text).path())] += count;
  }
};

// Lines of a file, which is cut back to what was committed; takes many at once and notes how many.
struct Save {
  std::string name;
  std::string path;
  std::string calls;
  bool own_epochs = false;
  int file = -1;
  std::string buffer;

  void params(Params& p) {
    p.required("name", name, "of the stage, as the items call it");
    p.required("path", path, "file to write");
    p.required("calls", calls, "file in which they are noted");
    p.optional("own_epochs", own_epochs, "what was committed stays, as in a data base");
  }
  Epoch open(Epoch last, const Snapshot& at) {
    file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (own_epochs) {
      std::ifstream(path + ".epoch") >> last.number;
      ::lseek(file, 0, SEEK_END);
      return last.number;
    }
    const off_t held = at.empty() ? 0 : at.as<off_t>();
    if (::ftruncate(file, held) != 0 || ::lseek(file, 0, SEEK_END) != held) {
      throw Permanent("cannot cut " + path);
    }
    return last;
  }
  void run(std::span<const std::string_view> texts, Context& context) {
    note(calls, std::to_string(texts.size()));
    for (std::size_t i = 0; i < texts.size(); ++i) Line(texts[i]).suffer(name, context.attempt(i));
    for (const std::string_view text : texts) buffer.append(Line(text).path()) += '\n';
  }
  Snapshot commit(Epoch epoch) {
    if (own_epochs) std::ofstream(path + ".epoch") << epoch.number;
    const ssize_t written = ::write(file, buffer.data(), buffer.size());
    if (written != static_cast<ssize_t>(buffer.size())) throw Lack("the disk is full");
    buffer.clear();
    return ::lseek(file, 0, SEEK_CUR);
  }
};

// ---- Keys
// ----------------------------------------------------------------------------------------

struct Reading {  // a view on what another process wrote
  std::int64_t key;
  std::int64_t number;
};

struct Named {  // travels as CBOR
  std::string key;
  std::int64_t number = 0;
};

struct Seen {
  std::string instance;
  std::int64_t key = 0;
  std::int64_t count = 0;
};

PENSTOCK_FIELDS(Reading, key, number)
PENSTOCK_FIELDS(Named, key, number)
PENSTOCK_FIELDS(Seen, instance, key, count)

// The numbers from 0 on, mixed over the keys, each with its key.
struct Readings {
  std::int64_t count = 0;
  std::int64_t keys = 1;
  std::int64_t next = 0;

  void params(Params& p) {
    p.required("count", count, "how many");
    p.required("keys", keys, "how many different ones");
  }
  bool produce(std::size_t want, Emit<Reading>& out) {
    for (; want != 0 && next < count; --want, ++next) {
      const std::int64_t key = next * 7919 % keys;
      out({key, next}, key);
    }
    return next < count;
  }
  Snapshot snapshot() { return next; }
  void restore(const Snapshot& from) { next = from.as<std::int64_t>(); }
};

Named named(const Reading& reading) {
  return {"key number " + std::to_string(reading.key), reading.number};
}

// How many readings of each key it has had. One that is not in order is not counted but fails.
struct Count {
  struct Entry {
    std::int64_t key;
    std::int64_t last;
    std::int64_t count;
  };
  std::map<std::int64_t, Entry> entries;

  void run(const Reading& reading, Emit<Seen>&) {
    Entry& entry = entries.try_emplace(reading.key, Entry{reading.key, -1, 0}).first->second;
    if (reading.number <= entry.last) {
      throw Permanent(std::to_string(reading.number) + " after " + std::to_string(entry.last));
    }
    entry.last = reading.number;
    ++entry.count;
  }
  void finish(Emit<Seen>& out, Context& context) {
    for (const auto& [key, entry] : entries) out({instance(context), key, entry.count});
  }
  Snapshot snapshot() {
    std::string bytes(entries.size() * sizeof(Entry), '\0');
    std::size_t at = 0;
    for (const auto& [key, entry] : entries) {
      std::memcpy(bytes.data() + at, &entry, sizeof entry);
      at += sizeof entry;
    }
    return bytes;
  }
  void restore(const Snapshot& from) {
    const auto bytes = from.as<std::string>();
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(Entry)) {
      Entry entry;
      std::memcpy(&entry, bytes.data() + at, sizeof entry);
      entries.emplace(entry.key, entry);
    }
  }
};

// ---- Damage
// --------------------------------------------------------------------------------------

// Emits the line in a block of its own, and then goes on writing there where the line says
// `NAME.damage`.
struct Damage {
  std::string name;

  void params(Params& p) { p.required("name", name, "of the stage, as the items call it"); }
  void run(std::string_view text, Emit<std::string_view>& out, Context& context) {
    const std::span<std::byte> block = context.loan(std::max<std::size_t>(text.size(), 4096));
    std::memset(block.data(), ' ', block.size());
    std::memcpy(block.data(), text.data(), text.size());
    out(as_text(block));
    if (Line(text).has(name, "damage")) block[block.size() - 1] = std::byte{'!'};
  }
};

// ---- Callbacks and records of failures
// -----------------------------------------------------------

struct Note {
  std::string path;
  std::chrono::microseconds takes{0};
  std::string ends;

  void params(Params& p) {
    p.required("path", path, "file in which they are noted");
    p.optional("takes", takes, "each of them");
    p.optional("ends", ends, "how: fail, crash, hang; refuse: cannot be opened");
  }
  void open() {
    if (ends == "refuse") throw Permanent("it does not want to");
    if (ends == "falter") throw std::runtime_error("not now");
    if (ends == "die") ::_exit(7);
  }
  void run(const Completion& done) {
    std::string value;
    write_json(value, done.value);
    note(path, std::string(done.kind) + '|' + std::string(done.stage) + '|' +
                   std::string(done.item) + '|' + std::to_string(done.attempt) + '|' +
                   std::string(done.outcome) + '|' + std::string(done.cause) + '|' +
                   std::to_string(done.seconds) + '|' + value);
    pause_for(takes);
    if (ends == "fail") throw std::runtime_error("no one is at home");
    if (ends == "crash") ::raise(SIGSEGV);
    if (ends == "hang") {
      for (;;) ::pause();
    }
  }
};

// The item's own line again, if the record holds one: to be tried elsewhere.
std::string mend(const FailedItem& failed) {
  return std::string(failed.payload.text());
}

std::string blame(const FailedItem& failed) {
  throw std::runtime_error("cannot mend " + std::string(failed.item));
}

}  // namespace

PENSTOCK_PLUGIN("flow", "1.0.0", "tasks whose behaviour each item chooses") {
  plugin.source<Readings>("readings", "numbers, mixed over keys");

  plugin.transform<Act>("act", "what the line says")
      .output<std::string_view>("rejects", "lines that say so");
  plugin.transform<Acts>("acts", "the same with many lines at once")
      .output<std::string_view>("rejects", "lines that say so");
  plugin.transform<Key>("key", "the line, with its key");
  plugin.transform("named", "a record", named);
  plugin.transform<Damage>("damage", "the line in a block, which is written to later");
  plugin.transform("mend", "the line of a record of failure", mend);
  plugin.transform("blame", "fails at a record of failure", blame);
  plugin.transform("pid", "the process that runs it",
                   [](std::string_view) { return std::string(pid()); });

  plugin.stateful<Keep>("keep", "the line, with its instance and place there");
  plugin.stateful<Keeps>("keeps", "the same with many lines at once");
  plugin.stateful<Count>("count", "readings of each key");
  plugin.stateful<Sides>("sides", "which side each path came from")
      .input<&Sides::left>("left", "lines")
      .input<&Sides::right>("right", "lines");

  plugin.sink<Save>("save", "the paths, in a file that is cut back to its commits");
  plugin.sink<Note>("note", "completions, in a file");
  plugin.transform<Note>("heed", "the same, by any worker of its pool");
}
