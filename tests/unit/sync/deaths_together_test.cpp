// Eight processes put and get on one queue, take one mutex and send over pipes, and are killed at
// random moments: nobody waits for ever, and every message of those who live is there once.
#include <penstock/mutex.hpp>
#include <penstock/pipe.hpp>
#include <penstock/queue.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "shared_table.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

constexpr std::size_t kProcesses = 8;
constexpr std::uint32_t kKills = 1000;
constexpr std::uint32_t kLives = kKills + kProcesses;
constexpr std::uint32_t kPerLife = 20'000;  // messages
constexpr std::uint64_t kApart = 200;       // messages between two kills, at most

struct Label {
  std::uint32_t life;
  std::uint32_t number;
};
PENSTOCK_FIELDS(Label, life, number)

// What they note down. Two counters that only the mutex keeps together.
struct Notes {
  SharedTable<std::atomic<std::uint32_t>> put{kLives};    // put() has returned from so many
  SharedTable<std::atomic<std::uint32_t>> steps{kLives};  // and so many steps under the mutex
  SharedTable<std::atomic<bool>> over{1};
  SharedTable<std::atomic<std::uint64_t>> counters{2};
};

void step(const penstock::Mutex& mutex, Notes& notes) {
  const std::lock_guard held(mutex);
  if (mutex.abandoned()) notes.counters[1] = notes.counters[0].load();
  notes.counters[0] = notes.counters[0].load() + 1;
  notes.counters[1] = notes.counters[1].load() + 1;
}

// Each get comes after a put of its own, so there is always something to be had.
bool work(const penstock::Queue<Label>& queue, const penstock::Mutex& mutex, Connection<Label>& out,
          Notes& notes, std::uint32_t life) {
  for (std::uint32_t number = 0; !notes.over[0]; ++number) {
    if (number == kPerLife) return false;
    queue.put({life, number});
    notes.put[life] = number + 1;
    step(mutex, notes);
    notes.steps[life] = number + 1;
    out.send(queue.get());
  }
  return true;
}

class Crowd {
 public:
  ~Crowd() { notes_.over[0] = true; }

  // True while nothing comes twice, or without having been put.
  bool survive(std::uint32_t kills);
  std::uint64_t missing();
  bool counts_agree(std::uint32_t kills);

 private:
  struct Member {
    std::optional<Forked> process;
    std::optional<Connection<Label>> messages;
  };

  void start(Member& member);
  void bury(Member& member);
  void take_what_is_there();
  void take_to_the_end(Member& member);
  void take(Label label);

  const penstock::Queue<Label> queue_;
  const penstock::Mutex mutex_;
  Notes notes_;
  std::vector<std::uint8_t> received_ = std::vector<std::uint8_t>(std::size_t{kLives} * kPerLife);
  std::uint64_t taken_ = 0;
  bool wrong_ = false;
  std::uint32_t lives_ = 0;
  std::array<Member, kProcesses> members_;
};

void Crowd::start(Member& member) {
  auto [mine, theirs] = penstock::Pipe<Label>(false);
  member.messages = std::move(mine);
  member.process.emplace(
      [&, this, life = lives_, &end = theirs] { return work(queue_, mutex_, end, notes_, life); });
  ++lives_;
}

void Crowd::take(Label label) {
  if (label.life >= lives_ || label.number > notes_.put[label.life]) {
    wrong_ = true;
  } else {
    wrong_ = received_[std::size_t{label.life} * kPerLife + label.number]++ > 0 || wrong_;
  }
  ++taken_;
}

void Crowd::take_what_is_there() {
  for (Member& member : members_) {
    for (int i = 0; i != 32 && member.messages->poll(); ++i) take(member.messages->recv());
  }
}

void Crowd::take_to_the_end(Member& member) {
  try {
    for (;;) take(member.messages->recv());
  } catch (const EndOfFile&) {
  }
}

void Crowd::bury(Member& member) {
  take_to_the_end(member);
  for (Object* object : {queue_.handle()->object.get(), mutex_.handle()->object.get()}) {
    REQUIRE(comes_true([&] { return object->bury(member.process->party()); }));
  }
}

bool Crowd::survive(std::uint32_t kills) {
  std::mt19937 random(kills);
  for (Member& member : members_) start(member);
  for (std::uint32_t i = 0; i != kills && !wrong_; ++i) {
    const std::uint64_t target = taken_ + random() % kApart;
    REQUIRE(comes_true([&] {
      take_what_is_there();
      return taken_ >= target;
    }));
    Member& victim = members_[random() % kProcesses];
    victim.process->kill();
    bury(victim);
    start(victim);
  }
  notes_.over[0] = true;
  for (Member& member : members_) {
    take_to_the_end(member);
    wrong_ = !member.process->join() || wrong_;
  }
  while (const std::optional<Label> left = queue_.try_get()) take(*left);
  return !wrong_;
}

std::uint64_t Crowd::missing() {
  std::uint64_t missing = 0;
  for (std::uint32_t life = 0; life != lives_; ++life) {
    const auto first = received_.begin() + std::ptrdiff_t{life} * kPerLife;
    missing += static_cast<std::uint64_t>(std::count(first, first + notes_.put[life].load(), 0));
  }
  return missing;
}

bool Crowd::counts_agree(std::uint32_t kills) {
  std::uint64_t noted = 0;
  for (std::uint32_t life = 0; life != lives_; ++life) noted += notes_.steps[life];
  step(mutex_, notes_);
  const std::uint64_t counted = notes_.counters[0] - 1;
  return notes_.counters[1] == notes_.counters[0] && counted >= noted && counted <= noted + kills;
}

// A sanitizer makes the start of a process some ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kShare = 10;
#else
constexpr std::uint32_t kShare = 1;
#endif

TEST_CASE("a thousand deaths among eight processes at one queue, one mutex and their pipes") {
  Crowd crowd;
  CHECK(crowd.survive(kKills / kShare));
  CHECK(crowd.missing() <= kKills / kShare);  // each was in the hands of one that was killed
  CHECK(crowd.counts_agree(kKills / kShare));
}

}  // namespace
}  // namespace penstock::sync
