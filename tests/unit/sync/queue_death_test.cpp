#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "shared_table.hpp"
#include "sync/queue.hpp"

namespace penstock::sync {
namespace {

constexpr std::uint32_t kLives = 1100;      // of producers, one after the other
constexpr std::uint32_t kPerLife = 20'000;  // messages
constexpr std::uint64_t kAhead = 300;
constexpr std::size_t kProducers = 4;
constexpr std::size_t kConsumers = 4;

struct Label {
  std::uint32_t life;
  std::uint32_t number;
};

// What all of them note down, each its own.
struct Notes {
  SharedTable<std::atomic<std::uint32_t>> put{kLives};  // put() has returned from so many
  SharedTable<std::atomic<std::uint8_t>> got{std::size_t{kLives} * kPerLife};
  SharedTable<std::atomic<std::uint64_t>> total{3};  // gets; what was wrong; how far to go
  std::atomic<std::uint8_t>& got_of(Label label) {
    return got[std::size_t{label.life} * kPerLife + label.number];
  }
  std::atomic<std::uint64_t>& gets() { return total[0]; }
  std::atomic<std::uint64_t>& wrong() { return total[1]; }
  std::atomic<std::uint64_t>& limit() { return total[2]; }
};

// Mostly small, now and then longer than a block.
std::size_t size_of(Label label) {
  if (label.number % 64 != 63) return sizeof(Label) + label.number % 5 * 7;
  return sizeof(Label) + label.number % 9 * 20'000;
}

// While the test starts and buries others, nobody runs far ahead of it.
bool produce(Queue& queue, Notes& notes, std::uint32_t life) {
  std::vector<std::byte> message;
  for (std::uint32_t number = 0; number != kPerLife; ++number) {
    const Label label{life, number};
    while (notes.gets().load() > notes.limit().load() && !queue.closed()) std::this_thread::yield();
    message.assign(size_of(label), static_cast<std::byte>(number));
    std::memcpy(message.data(), &label, sizeof label);
    const auto put = queue.put(message, kForever);
    if (!put) return false;
    if (*put == QueueOutcome::closed) return true;
    notes.put[life].store(number + 1);
  }
  // It has run far ahead of those who take, and rests.
  while (!queue.closed()) std::this_thread::yield();
  return true;
}

bool is_whole(std::span<const std::byte> bytes, Label& label) {
  if (bytes.size() < sizeof label) return false;
  std::memcpy(&label, bytes.data(), sizeof label);
  if (label.life >= kLives || label.number >= kPerLife || bytes.size() != size_of(label)) {
    return false;
  }
  return std::all_of(bytes.begin() + sizeof label, bytes.end(),
                     [&](std::byte b) { return b == static_cast<std::byte>(label.number); });
}

bool consume(Queue& queue, Notes& notes) {
  Message message;
  std::vector<std::uint32_t> next(kLives);
  for (;;) {
    const auto got = queue.get(message, kForever);
    if (!got) return false;
    if (*got == QueueOutcome::closed) return true;
    Label label{};
    if (!is_whole(message.bytes(), label) || label.number < next[label.life]) {
      notes.wrong().fetch_add(1);
      return false;
    }
    next[label.life] = label.number + 1;
    notes.got_of(label).fetch_add(1);
    notes.gets().fetch_add(1);
    if (!queue.task_done()) return false;
  }
}

// Kills one of eight at a time, when some more messages have gone through. What is missing in the
// end was in the hands of a killed consumer, one each at most; nothing comes twice, and nothing of
// a producer after one that did not come.
void survive(const QueueLimits& limits, int kills) {
  const std::shared_ptr<Queue> queue = Queue::create(limits).value();
  Notes notes;
  std::mt19937 random(static_cast<unsigned>(kills));
  std::uint32_t lives = 0;
  std::size_t killed_consumers = 0;
  std::array<std::optional<Forked>, kProducers + kConsumers> children;
  const auto start = [&](std::size_t place) {
    if (place >= kProducers) {
      children[place].emplace([&] { return consume(*queue, notes); });
    } else {
      children[place].emplace([&, life = lives++] { return produce(*queue, notes, life); });
    }
  };
  for (std::size_t i = 0; i != children.size(); ++i) start(i);
  for (int i = 0; i != kills; ++i) {
    const std::uint64_t target = notes.gets().load() + random() % kAhead;
    notes.limit().store(target + kAhead);
    REQUIRE(comes_true([&] { return notes.gets().load() >= target || notes.wrong().load() != 0; }));
    REQUIRE(notes.wrong().load() == 0);
    const std::size_t victim = random() % children.size();
    children[victim]->kill();
    REQUIRE(comes_true([&] { return queue->bury(children[victim]->party()); }));
    if (victim >= kProducers) ++killed_consumers;
    start(victim);
  }
  queue->close();
  for (auto& child : children) CHECK(child->join());
  CHECK(queue->size() == 0);
  CHECK(queue->join(0).value() == QueueOutcome::done);
  CHECK(queue->abandoned().value() <= killed_consumers);

  std::uint64_t missing = 0;
  std::uint64_t doubled = 0;
  for (std::uint32_t life = 0; life != lives; ++life) {
    const std::uint32_t put = notes.put[life].load();
    for (std::uint32_t number = 0; number != kPerLife; ++number) {
      const std::uint8_t got = notes.got_of({life, number}).load();
      if (got > 1) ++doubled;
      if (got == 0 && number < put) ++missing;
      // One more may have been put by one that was killed before put() returned.
      if (got != 0 && number > put) ++doubled;
    }
  }
  CHECK(doubled == 0);
  CHECK(missing <= killed_consumers);
}

// A sanitizer makes the start of a process some ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kShare = 10;
#else
constexpr int kShare = 1;
#endif

TEST_CASE("many may have unfinished items of a queue; who is one too many is told") {
  const auto queue = Queue::create({.joinable = true}).value();
  const Party self = this_party();
  const auto put_and_get_as = [&](Party party) {
    set_this_party(party);
    Message message;
    const auto put = queue->put({}, 0);
    auto got = queue->get(message, 0);
    set_this_party(self);
    REQUIRE(put.value() == QueueOutcome::done);
    return got;
  };
  std::vector<Party> parties;
  for (std::size_t i = 0; i != TakersState::kLines; ++i) {
    parties.push_back(new_party());
    REQUIRE(put_and_get_as(parties.back()).value() == QueueOutcome::done);
  }
  const auto refused = put_and_get_as(new_party());
  REQUIRE(refused.has_error());
  CHECK(refused.error().status() == Status::lack);
  CHECK(refused.error().what() ==
        std::string("too many processes have items of a queue that they have not finished: 1024"));
  CHECK(queue->size() == 1);
  CHECK(queue->bury(parties.front()));
  CHECK(put_and_get_as(new_party()).value() == QueueOutcome::done);
  CHECK(queue->abandoned().value() == 1);
}

TEST_CASE("a thousand deaths among eight processes that put and get") {
  survive({.joinable = true}, 500 / kShare);
  survive({.items = 20, .joinable = true}, 300 / kShare);
  survive({.bytes = 512 * 1024, .joinable = true}, 200 / kShare);
}

}  // namespace
}  // namespace penstock::sync
