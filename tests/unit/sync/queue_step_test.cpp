// The moments at which a process can die in a queue: it is killed after a few instructions, after a
// few more, and so on until it is through.
#include <cstdint>
#include <memory>
#include <span>

#include "catch.hpp"
#include "stepped.hpp"
#include "sync/queue.hpp"

namespace penstock::sync {
namespace {

// Instructions; odd, so that no pattern of the code escapes it.
constexpr std::uint64_t kStride = 7;
constexpr std::uint64_t kLongStride = 23;

void put(Queue& queue, char value) {
  REQUIRE(queue.put(std::as_bytes(std::span(&value, 1)), 0).value() == QueueOutcome::done);
}

char get(Queue& queue) {
  Message message;
  if (queue.get(message, 0).value() != QueueOutcome::done) return '-';
  return static_cast<char>(message.bytes()[0]);
}

bool is_finished(Queue& queue) {
  return queue.join(0).value() == QueueOutcome::done;
}

// What makes the next time cheap: no symbol of the C library is looked up while steps are counted.
void warm_up(Queue& queue) {
  put(queue, 'w');
  while (get(queue) != 'w') continue;
  static_cast<void>(queue.task_done());
}

TEST_CASE("killed anywhere in put, a process has put its value or not", "[no-sanitizer]") {
  const auto queue = Queue::create({}).value();
  bool has_put = false;
  std::uint64_t steps = 0;
  for (Party dead = 0;; steps += kStride) {
    const bool died = die_within(
        steps, dead, [&] { warm_up(*queue); }, [&] { put(*queue, 'b'); });
    REQUIRE(queue->bury(dead));
    REQUIRE_FALSE((has_put && queue->size() == 0));
    has_put = queue->size() == 1;
    put(*queue, 'c');
    if (has_put) REQUIRE(get(*queue) == 'b');
    REQUIRE(get(*queue) == 'c');
    REQUIRE(queue->size() == 0);
    if (!died) break;
  }
  CHECK(has_put);
  CHECK(steps > 30 * kStride);
}

TEST_CASE("killed anywhere in get, a process has taken a value or not", "[no-sanitizer]") {
  const auto queue = Queue::create({.joinable = true}).value();
  bool has_taken = false;
  std::uint64_t steps = 0;
  for (Party dead = 0;; steps += kStride) {
    const std::uint64_t abandoned = queue->abandoned().value();
    const bool died = die_within(
        steps, dead,
        [&] {
          warm_up(*queue);
          put(*queue, 'a');
        },
        [&] { get(*queue); });
    put(*queue, 'b');
    REQUIRE(queue->bury(dead));
    REQUIRE_FALSE((has_taken && queue->size() == 2));
    has_taken = queue->size() == 1;
    REQUIRE(queue->abandoned().value() == abandoned + (has_taken ? 1 : 0));
    for (const char expected : {'a', 'b'}) {
      if (expected == 'a' && has_taken) continue;
      REQUIRE_FALSE(is_finished(*queue));
      REQUIRE(get(*queue) == expected);
      REQUIRE_FALSE(is_finished(*queue));
      REQUIRE(queue->task_done().has_value());
    }
    REQUIRE(is_finished(*queue));
    if (!died) break;
  }
  CHECK(has_taken);
  CHECK(steps > 30 * kStride);
}

TEST_CASE("killed anywhere in task_done, a process has finished its item or left it",
          "[no-sanitizer]") {
  const auto queue = Queue::create({.joinable = true}).value();
  std::uint64_t abandoned = 0;
  std::uint64_t steps = 0;
  for (Party dead = 0;; steps += kStride) {
    const bool died = die_within(
        steps, dead,
        [&] {
          warm_up(*queue);
          put(*queue, 'a');
          get(*queue);
        },
        [&] { static_cast<void>(queue->task_done()); });
    REQUIRE(queue->bury(dead));
    REQUIRE(is_finished(*queue));
    REQUIRE_FALSE(queue->task_done().has_value());
    const std::uint64_t now = queue->abandoned().value();
    if (!died) {
      CHECK(now == abandoned);
      break;
    }
    REQUIRE(now <= abandoned + 1);
    abandoned = now;
  }
  CHECK(abandoned > 10);
  CHECK(steps > abandoned * kStride);
}

// Blocks in memory of their own, as a queue has them.
struct Ring {
  static constexpr std::uint32_t kMost = 64;

  Region region = Region::create(Kind::queue, 1, sizeof(CircleState)).value();
  Blocks blocks = Blocks::create().value();
  std::unique_ptr<Circle> circle;
  Cursor start{0, 0};

  Ring() {
    region.as<CircleState>().most = kMost;
    circle = std::make_unique<Circle>(region.as<CircleState>(), blocks);
    REQUIRE(circle->initialize().has_value());
  }
  // For so many blocks beside the one of the cursor.
  bool make_room(std::uint64_t count) {
    return circle->make_room(start, start, (count + 1) * Blocks::kContent).value();
  }
  // Every block that may be had is to be had.
  bool is_whole() {
    if (circle->needs_recovery()) {
      if (!circle->recover(start)) return false;
    }
    return make_room(kMost - 1) && !make_room(kMost);
  }
};

TEST_CASE("killed while the queue takes more blocks, a process costs it none", "[no-sanitizer]") {
  bool recovered = false;
  for (std::uint64_t steps = 0;; steps += kLongStride) {
    Ring ring;
    Party dead = 0;
    const bool died = die_within(
        steps, dead, [] { Ring().make_room(2); }, [&] { ring.make_room(2); });
    recovered = recovered || ring.circle->needs_recovery();
    REQUIRE(ring.is_whole());
    if (!died) break;
  }
  CHECK(recovered);
}

TEST_CASE("killed while the queue sets blocks aside, a process costs it none", "[no-sanitizer]") {
  bool recovered = false;
  for (std::uint64_t steps = 0;; steps += kLongStride) {
    Ring ring;
    REQUIRE(ring.make_room(Circle::kFreeKept + 2));
    Party dead = 0;
    const bool died = die_within(
        steps, dead,
        [] {
          Ring warm;
          warm.make_room(Circle::kFreeKept + 2);
          warm.circle->trim(warm.start, warm.start);
        },
        [&] { ring.circle->trim(ring.start, ring.start); });
    recovered = recovered || ring.circle->needs_recovery();
    REQUIRE(ring.is_whole());
    if (!died) break;
  }
  CHECK(recovered);
}

}  // namespace
}  // namespace penstock::sync
