// What a holder that has gone wild writes over the words of a queue: whoever uses it next is told
// so, crashes not, and waits for nothing.
#include <fcntl.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "damaged.hpp"
#include "sync/queue.hpp"

namespace penstock::sync {
namespace {

using Word = std::atomic<std::uint32_t>;
using Long = std::atomic<std::uint64_t>;

// A queue of at most 64 MiB, whose words lie where queue.cpp puts them.
struct WildQueue {
  std::shared_ptr<Queue> queue = Queue::create({.bytes = std::uint64_t{64} << 20}).value();
  Region region = seen_by_another(*queue);
  Blocks blocks = Blocks::open(duplicate(queue->descriptors()[1]).value()).value();

  template <class T>
  T& at(std::size_t offset) {
    return *reinterpret_cast<T*>(region.data() + offset);
  }
  std::atomic<Cursor>& tail() { return at<std::atomic<Cursor>>(72 + 8 * (puts().load() & 1)); }
  CircleState& circle() { return at<CircleState>(88); }
  Long& puts() { return at<Long>(128); }
  Long& gets() { return at<Long>(256); }
  std::atomic<Cursor>& head() { return at<std::atomic<Cursor>>(264 + 8 * (gets().load() & 1)); }
  Long& size_word() {
    const Cursor cursor = head().load();
    return *reinterpret_cast<Long*>(Blocks::content(blocks.at(cursor.block)) + cursor.offset);
  }

  auto put(std::size_t size) { return queue->put(std::vector<std::byte>(size), 0); }
  Result<QueueOutcome> get() {
    Message message;
    return queue->get(message, 0);
  }

  WildQueue() {
    REQUIRE(put(100).value() == QueueOutcome::done);
    REQUIRE(circle().most == 1024);
    REQUIRE((puts().load() == 1 && gets().load() == 0));
    REQUIRE(tail().load().offset == 112);
    REQUIRE(size_word().load() == 100);
  }
};

constexpr std::size_t kSeveralBlocks = 200'000;

TEST_CASE("cursors of a queue that stand nowhere are damage") {
  for (const std::uint32_t block : {1u, 1000u, 1u << 24, UINT32_MAX}) {
    WildQueue wild;
    wild.tail().store({block, 0});
    CHECK(is_damaged(wild.put(1)));
    CHECK(is_damaged(wild.put(kSeveralBlocks)));
    wild.head().store({block, 0});
    CHECK(is_damaged(wild.get()));
    wild.head().store({block, Blocks::kContent});
    CHECK(is_damaged(wild.get()));
    CHECK(wild.queue->size() == 1);
  }
}

TEST_CASE("links of a queue that lead nowhere are damage to who puts and who gets") {
  WildQueue wild;
  REQUIRE(wild.get().value() == QueueOutcome::done);
  REQUIRE(wild.put(kSeveralBlocks).value() == QueueOutcome::done);
  wild.blocks.at(0)->next.store(99);
  CHECK(is_damaged(wild.get()));
  wild.tail().store({0, 0});
  CHECK(is_damaged(wild.put(kSeveralBlocks)));
}

TEST_CASE("a size in a queue that no message there can have is damage") {
  WildQueue wild;
  for (const std::uint64_t size :
       {UINT64_MAX, std::uint64_t{65} << 20, std::uint64_t{60} << 20, std::uint64_t{2} << 20}) {
    wild.size_word().store(size);
    const auto got = wild.get();
    REQUIRE(is_damaged(got));
    CHECK(got.error().what() == "shared memory: that of a queue is damaged: a message of " +
                                    std::to_string(size) + " bytes");
  }
  wild.size_word().store(100);
  CHECK(wild.get().value() == QueueOutcome::done);
  // What is large and there is no damage.
  REQUIRE(wild.put(std::size_t{20} << 20).value() == QueueOutcome::done);
  CHECK(wild.get().value() == QueueOutcome::done);
}

TEST_CASE("what a death has left of a queue is damage where its numbers cannot be") {
  WildQueue wild;
  wild.circle().reshaping.store(1);
  wild.circle().blocks.store(5000);
  CHECK(is_damaged(wild.put(1)));
  wild.circle().blocks.store(1);
  CHECK(wild.put(1).value() == QueueOutcome::done);
  CHECK(wild.circle().reshaping.load() == 0);
}

TEST_CASE("a queue that came in other memory than a queue's is not opened") {
  const WildQueue wild;
  const auto open = [&](UniqueFd state, UniqueFd blocks) {
    std::vector<UniqueFd> descriptors;
    descriptors.push_back(std::move(state));
    descriptors.push_back(std::move(blocks));
    return Queue::open(wild.queue->id(), std::move(descriptors));
  };
  const auto state = [&] { return duplicate(wild.queue->descriptors()[0]).value(); };
  const auto blocks = [&] { return duplicate(wild.queue->descriptors()[1]).value(); };
  CHECK(open(state(), blocks()).has_value());
  CHECK(open(blocks(), state()).error().what() ==
        std::string("a shared object came in a descriptor that is not sealed"));
  UniqueFd unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  CHECK(open(state(), std::move(unsealed)).error().what() ==
        std::string("shared memory: that of a queue is not sealed"));
  CHECK(open(state(), UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC))).has_error());
}

// Blocks in a circle of at most 64, of which four are there.
struct WildCircle {
  Region region = Region::create(Kind::queue, 1, sizeof(CircleState)).value();
  Blocks blocks = Blocks::create().value();
  CircleState& state = region.as<CircleState>();
  std::unique_ptr<Circle> circle;
  Cursor start{0, 0};

  WildCircle() {
    state.most = 64;
    circle = std::make_unique<Circle>(state, blocks);
    REQUIRE(circle->initialize().has_value());
    REQUIRE(make_room(3).value());
    REQUIRE((state.blocks.load() == 4 && state.spares.load() == 0));
  }
  Result<bool> make_room(std::uint64_t more) {
    return circle->make_room(start, start, (more + 1) * Blocks::kContent);
  }
};

TEST_CASE("no room is made with numbers that cannot be") {
  WildCircle wild;
  wild.state.blocks.store(65);
  CHECK(is_damaged(wild.make_room(4)));
  wild.state.blocks.store(64);  // and yet there are three fewer
  wild.state.spares.store(10);
  CHECK(is_damaged(wild.make_room(4)));
  wild.state.spare.store(77);
  CHECK(is_damaged(wild.make_room(4)));
  wild.blocks.at(0)->next.store(1u << 20);
  CHECK(is_damaged(wild.make_room(4)));
}

TEST_CASE("nothing is recovered of a circle that cannot be one") {
  {
    WildCircle wild;
    REQUIRE(wild.blocks.reserve(100).has_value());  // any holder can
    wild.state.blocks.store(65);
    CHECK(is_damaged(wild.circle->recover(wild.start)));
  }
  WildCircle wild;
  wild.state.blocks.store(2);  // and yet links lead to the fourth
  CHECK(is_damaged(wild.circle->recover(wild.start)));
  wild.state.blocks.store(10);
  CHECK(is_damaged(wild.circle->recover(wild.start)));  // the tenth is not there
  wild.blocks.at(0)->next.store(9);
  CHECK(is_damaged(wild.circle->recover(wild.start)));
  CHECK(is_damaged(wild.circle->recover({UINT32_MAX, 0})));
  wild.blocks.at(0)->next.store(0);
  wild.state.blocks.store(4);
  CHECK(wild.circle->recover(wild.start).has_value());
  CHECK(wild.state.spares.load() == 3);
}

TEST_CASE("a circle with links that lead nowhere is trimmed as far as they go") {
  for (const std::uint32_t cut :
       {0u, 3u, Circle::kFreeKept - 1, Circle::kFreeKept, Circle::kFreeKept + 1}) {
    WildCircle wild;
    REQUIRE(wild.make_room(40).value());
    std::uint32_t at = 0;
    for (std::uint32_t i = 0; i != cut; ++i) at = wild.blocks.at(at)->next.load();
    wild.blocks.at(at)->next.store(1u << 20);
    wild.circle->trim(wild.start, wild.start);
    CHECK(wild.state.spares.load() <= 1);
  }
}

TEST_CASE("a queue full of noise is survived") {
  std::mt19937 random(12);
  int damaged = 0;
  for (int round = 0; round != 300; ++round) {
    WildQueue wild;
    static_cast<void>(wild.put(kSeveralBlocks));
    for (int words = 1 + static_cast<int>(random() % 4); words != 0; --words) {
      switch (random() % 5) {
        case 0:
          wild.blocks.at(random() % 4)->next.store(noise(random));
          break;
        case 1:
          wild.tail().store({noise(random), noise(random)});
          break;
        case 2:
          wild.head().store({noise(random), noise(random)});
          break;
        case 3:
          (random() % 2 == 0 ? wild.puts() : wild.gets()).store(noise(random));
          break;
        default:
          wild.at<Word>(92 + 4 * (random() % 4)).store(noise(random));
      }
    }
    for (int i = 0; i != 4; ++i) {
      damaged += is_damaged(wild.put(random() % kSeveralBlocks));
      damaged += is_damaged(wild.get());
    }
  }
  CHECK(damaged > 300);
}

}  // namespace
}  // namespace penstock::sync
