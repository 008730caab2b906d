// The lies that an attacker can tell one by one, each of which the engine has words for.
#include <chrono>
#include <stdexcept>
#include <thread>

#include "attack.hpp"

namespace hostile {

using penstock::ipc::BlockRef;
using penstock::ipc::Descriptor;
using penstock::ipc::Kind;
using penstock::ipc::kRingSlots;
using penstock::ipc::Where;

namespace {

constexpr std::size_t kOutputsTooMany = (1u << 16) + 1;
constexpr std::uint16_t kNoPort = 7;
constexpr std::uint16_t kNoMember = 9;
constexpr std::uint8_t kOk = 0;
constexpr std::uint8_t kNoEnding = 200;
constexpr auto kPatience = std::chrono::seconds(2);
constexpr auto kPatienceWithMany = std::chrono::seconds(30);  // also where others want to run
constexpr int kCallsBefore = 50;

// A payload that there is not.
BlockRef nothing() {
  BlockRef block;
  block.extent = 1u << 20;
  block.offset = 1u << 30;
  block.size = 64;
  return block;
}

}  // namespace

// In one call of the process, by when calls are sent ahead, since those before it were short.
void Attacker::claim_all_begun() {
  static int calls = 0;
  if (++calls != kCallsBefore) return;
  const std::uint64_t began = home_->line.began.load();
  home_->line.began.store(UINT64_MAX);
  std::this_thread::sleep_for(kPatience);
  home_->line.began.store(began);
}

// What the calls before this one have said stands in the ring, beyond the cursor: without it a lie
// about this call would be one about a call that nobody has heard of.
void Attacker::publish_what_calls_said() {
  const std::uint32_t said = home_->line.tail.load();
  if (static_cast<std::int32_t>(said - home_->ring.tail.load()) > 0) home_->ring.tail.store(said);
}

void Attacker::lie(const std::string& what) {
  find_segments();
  if (what == "all begun") return claim_all_begun();
  Descriptor lie;
  lie.kind = Kind::output;
  lie.call = home_->line.began.load();
  lie.set_inline(std::as_bytes(std::span("forged", 6)));
  std::size_t times = 1;
  if (what == "long output") {
    lie.inline_size = UINT8_MAX;
  } else if (what == "output nowhere" || what == "answer nowhere") {
    if (what == "answer nowhere") lie.kind = Kind::answer;
    lie.where = static_cast<Where>(UINT8_MAX);
  } else if (what == "output of the input") {
    lie.where = Where::input;
    lie.set_body(nothing());
  } else if (what == "block of another") {
    lie.where = Where::block;
    lie.set_body(nothing());
  } else if (what == "page") {
    lie.kind = Kind::page;
  } else if (what == "port") {
    lie.extra = kNoPort;
  } else if (what == "member") {
    lie.stage = kNoMember;
  } else if (what == "too many") {
    times = kOutputsTooMany;
  } else if (what == "two answers") {
    lie.kind = Kind::answer;
    times = 2;
  } else if (what == "two questions") {
    lie.kind = Kind::ask_id;
    times = 2;
  } else if (what == "input") {
    lie.kind = Kind::want_input;
  } else if (what == "memory") {
    lie.kind = Kind::want_extent;
    lie.set_body(std::uint64_t{1});
  } else if (what == "extent") {
    lie.kind = Kind::drop_extent;
    lie.set_body(std::uint64_t{1} << 20);
  } else if (what == "readiness") {
    lie.kind = Kind::ready;
  } else if (what == "kind") {
    lie.kind = static_cast<Kind>(UINT8_MAX);
  } else if (what == "stranger") {
    lie.call += 1'000'000;
  } else if (what != "ending" && what != "unrun" && what != "damage") {
    throw std::invalid_argument("no such lie: " + what);
  }
  publish_what_calls_said();
  const auto until =
      std::chrono::steady_clock::now() + (times > kRingSlots ? kPatienceWithMany : kPatience);
  const auto in_time = [until] { return std::chrono::steady_clock::now() < until; };
  for (; times > 0; --times) {
    // A full ring is another story, which `cursors` tells.
    while (home_->ring.tail.load() - engine_->head.load() >= kRingSlots && in_time()) {
      ring_bells();
      std::this_thread::yield();
    }
    publish(lie);
  }

  Descriptor done;
  done.kind = Kind::done;
  done.call = home_->line.began.load();
  done.code = what == "ending"   ? kNoEnding
              : what == "unrun"  ? static_cast<std::uint8_t>(penstock::ipc::Ending::unrun)
              : what == "damage" ? static_cast<std::uint8_t>(penstock::ipc::Ending::damaged)
                                 : kOk;
  publish(done);
  // Until it is killed for it; whoever is not goes on, and is found out by the test.
  while (in_time()) {
    ring_bells();
    std::this_thread::yield();
  }
}

}  // namespace hostile
