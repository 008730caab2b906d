#include "ipc/ring.hpp"

#include <memory>
#include <random>

#include "catch.hpp"

namespace penstock::ipc {
namespace {

// Both ends of one ring, its cursors beginning at `start`.
struct Ends {
  explicit Ends(std::uint32_t start = 0) {
    memory->tail = start;
    head = start;
    writer = RingWriter(memory.get(), &head);
    reader = RingReader(memory.get(), &head);
  }

  bool push(std::uint64_t number) {
    if (writer.room() == 0) return false;
    writer.push(numbered(Kind::output, number));
    return true;
  }
  std::uint64_t pop() {
    Descriptor descriptor;
    REQUIRE(reader.pop(descriptor));
    return descriptor.number();
  }
  bool empty() {
    Descriptor descriptor;
    return !reader.pop(descriptor);
  }

  std::unique_ptr<RingMemory> memory = std::make_unique<RingMemory>();
  RingWord head{0};
  RingWriter writer;
  RingReader reader;
};

TEST_CASE("what is pushed is seen when it is published, in order") {
  Ends ring;
  CHECK(ring.empty());
  ring.push(1);
  ring.push(2);
  CHECK(ring.writer.unpublished() == 2);
  CHECK_FALSE(ring.reader.has_next());
  CHECK(ring.empty());
  ring.writer.publish();
  CHECK_FALSE(ring.writer.has_unpublished());
  CHECK(ring.reader.has_next());
  CHECK(ring.pop() == 1);
  CHECK(ring.pop() == 2);
  CHECK(ring.empty());
  CHECK_FALSE(ring.reader.has_next());
}

TEST_CASE("a full ring takes nothing before slots are given back") {
  Ends ring;
  for (std::uint64_t i = 0; i < kRingSlots; ++i) REQUIRE(ring.push(i));
  CHECK_FALSE(ring.push(0));
  ring.writer.publish();
  CHECK(ring.pop() == 0);
  CHECK_FALSE(ring.push(0));  // read, but not given back
  ring.reader.release();
  CHECK(ring.writer.room() == 1);
  CHECK(ring.push(kRingSlots));
  CHECK_FALSE(ring.push(0));
  ring.writer.publish();
  for (std::uint64_t i = 1; i <= kRingSlots; ++i) REQUIRE(ring.pop() == i);
  CHECK_FALSE(ring.writer.broken());
  CHECK_FALSE(ring.reader.broken());
}

TEST_CASE("cursors wrap at 2^32, with any number of descriptors on their way") {
  std::mt19937 random(7);
  Ends ring(0u - 3 * kRingSlots);
  std::uint64_t pushed = 0;
  std::uint64_t popped = 0;
  while (popped < 6 * kRingSlots) {
    for (auto n = random() % (kRingSlots + 1); n > 0 && ring.push(pushed); --n) ++pushed;
    ring.writer.publish();
    for (auto n = random() % (kRingSlots + 1); n > 0 && popped < pushed; --n) {
      REQUIRE(ring.pop() == popped++);
    }
    ring.reader.release();
  }
  CHECK(ring.memory->tail.load() < 4 * kRingSlots);
  CHECK_FALSE(ring.writer.broken());
  CHECK_FALSE(ring.reader.broken());
}

TEST_CASE("what was written and not published can be taken up to a cursor known otherwise") {
  const std::uint32_t start = GENERATE(0u, 0u - 2u);
  Ends ring(start);
  ring.push(1);
  ring.writer.publish();
  ring.push(2);
  ring.push(3);
  ring.reader.accept_unpublished(start + 2);
  CHECK(ring.pop() == 1);
  CHECK(ring.pop() == 2);
  // The published cursor is behind what is known: nothing new, and nothing wrong.
  CHECK_FALSE(ring.reader.has_next());
  CHECK(ring.empty());
  ring.reader.release();
  ring.reader.accept_unpublished(start + 1);  // nor does an older line say anything
  CHECK(ring.empty());
  ring.writer.publish();
  CHECK(ring.reader.has_next());
  CHECK(ring.pop() == 3);
  CHECK_FALSE(ring.reader.broken());
}

TEST_CASE("a producer's cursor beyond what the ring holds is broken, and nothing is read") {
  const std::uint32_t ahead = GENERATE(kRingSlots + 1, 1u << 20, 1u << 31);
  Ends ring;
  ring.push(1);
  ring.writer.publish();
  CHECK(ring.pop() == 1);
  SECTION("in the ring") {
    ring.memory->tail = 1 + ahead;
  }
  SECTION("in the line") {
    ring.reader.accept_unpublished(1 + ahead);
  }
  CHECK(ring.empty());
  CHECK(ring.reader.broken() == (ahead < 1u << 31));  // else it lies in the past
}

TEST_CASE("a producer's cursor in the past says nothing") {
  Ends ring(100);
  ring.memory->tail = 50;
  CHECK(ring.empty());
  CHECK_FALSE(ring.reader.has_next());
  CHECK_FALSE(ring.reader.broken());
}

TEST_CASE("a consumer's cursor that cannot be is broken") {
  Ends ring;
  for (std::uint64_t i = 0; i < kRingSlots; ++i) REQUIRE(ring.push(i));
  SECTION("ahead of what was written") {
    ring.head = kRingSlots + 1;
  }
  SECTION("further back than the ring is long") {
    ring.head = 0u - 1;
  }
  CHECK(ring.writer.room() == 0);
  CHECK(ring.writer.broken());
}

}  // namespace
}  // namespace penstock::ipc
