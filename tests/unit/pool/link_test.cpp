// The engine's end of a worker, with the worker's end played by the test: it maps what a worker
// would map, and writes there what no honest worker would.
#include "pool/link.hpp"

#include <memory>
#include <new>

#include "catch.hpp"
#include "ipc/channel.hpp"
#include "ipc/segment.hpp"

namespace penstock {
namespace {

constexpr WorkerId kWorker = 5;

struct Fixture {
  Fixture() {
    ipc::Letter hello = channel.receive().value();
    REQUIRE(hello.kind == static_cast<std::uint32_t>(ipc::LetterKind::hello));
    REQUIRE(hello.fds.size() == 4);
    engine = ipc::map_readable(hello.fds[1], sizeof(ipc::EngineHome)).value();
    home = ipc::map_owned(hello.fds[2], ipc::kWorkerHomeBytes).value();
    worker = new (home.data()) ipc::WorkerHome{};
  }

  const ipc::EngineHome& engine_home() const {
    return *reinterpret_cast<const ipc::EngineHome*>(engine.data());
  }
  // What the worker sees of its calls from slot `index` on.
  std::uint64_t number_at(std::uint32_t index) const {
    return engine_home().ring.slots[index % ipc::kRingSlots].number();
  }

  ExtentTable extents{1u << 30};
  EngineBoard board = EngineBoard::create().value();
  Link link = Link::create(kWorker, extents, board, {}).value();
  ipc::ChannelReader channel{link.take_worker_end()};
  ipc::Mapping engine;
  ipc::Mapping home;
  ipc::WorkerHome* worker = nullptr;
};

TEST_CASE("what is sent is seen by the worker when it is flushed") {
  Fixture f;
  f.link.send(ipc::numbered(ipc::Kind::produce, 7));
  CHECK(f.engine_home().ring.tail.load() == 0);
  f.link.flush();
  CHECK(f.engine_home().ring.tail.load() == 1);
  CHECK(f.number_at(0) == 7);
}

TEST_CASE("what the ring does not take waits, in order") {
  Fixture f;
  constexpr std::uint32_t kSent = 2 * ipc::kRingSlots + 10;
  for (std::uint64_t i = 0; i < kSent; ++i) f.link.send(ipc::numbered(ipc::Kind::produce, i));
  std::uint32_t read = 0;
  while (read < kSent) {
    f.link.flush();
    const std::uint32_t tail = f.engine_home().ring.tail.load();
    REQUIRE(tail > read);
    for (; read < tail; ++read) REQUIRE(f.number_at(read) == read);
    f.worker->head.store(read);
  }
  CHECK_FALSE(f.link.lied());
}

TEST_CASE("freed blocks go several in one descriptor") {
  Fixture f;
  for (std::uint64_t i = 0; i <= ipc::kFreedPerDescriptor; ++i) f.link.send_freed(3, 64 * i);
  f.link.flush();
  REQUIRE(f.engine_home().ring.tail.load() == 2);
  const ipc::Descriptor& first = f.engine_home().ring.slots[0];
  CHECK(first.kind == ipc::Kind::free_blocks);
  CHECK(first.extra == ipc::kFreedPerDescriptor);
  const ipc::Descriptor& second = f.engine_home().ring.slots[1];
  CHECK(second.extra == 1);
  const auto freed = second.body_as<ipc::FreedBlock>();
  CHECK(freed.extent == 3);
  CHECK(freed.offset64 == ipc::kFreedPerDescriptor);
}

TEST_CASE("a cursor that cannot be is a lie") {
  Fixture f;
  ipc::Descriptor descriptor;
  SECTION("of what the worker has written") {
    f.worker->ring.tail = ipc::kRingSlots + 1;
    CHECK_FALSE(f.link.receive(descriptor));
  }
  SECTION("of what it has written and not published") {
    f.worker->line.tail = ipc::kRingSlots + 1;
    f.link.accept_unpublished();
    CHECK_FALSE(f.link.receive(descriptor));
  }
  SECTION("of what it has read") {
    f.worker->head = ipc::kRingSlots + 1;
    for (std::uint32_t i = 0; i <= ipc::kRingSlots; ++i) f.link.send(descriptor);
  }
  CHECK(f.link.lied());
}

TEST_CASE("to answer on and on without taking what was sent is a lie, too") {
  Fixture f;
  SECTION("descriptors") {
    for (std::size_t i = 0; i < Link::kWaitingAtMost + ipc::kRingSlots; ++i) f.link.send({});
    CHECK_FALSE(f.link.lied());
    f.link.send({});
  }
  SECTION("letters") {
    for (std::size_t i = 0; i < Link::kLettersAtMost; ++i) {
      REQUIRE(f.link.send_letter(ipc::LetterKind::id, "an item").has_value());
    }
    CHECK_FALSE(f.link.lied());
    // The socket takes some before they wait.
    for (int i = 0; i < 10'000; ++i) (void)f.link.send_letter(ipc::LetterKind::id, "an item");
  }
  CHECK(f.link.lied());
}

TEST_CASE("the module table of a worker is text, whatever stands in it") {
  Fixture f;
  std::memset(f.worker->modules, 'x', sizeof f.worker->modules);
  CHECK(f.link.modules() == std::string(ipc::kModuleTableBytes, 'x'));
  f.worker->modules[3] = '\0';
  CHECK(f.link.modules() == "xxx");
}

TEST_CASE("a result that was ended and not published is unheard, until it is accepted") {
  Fixture f;
  CHECK_FALSE(f.link.unheard());
  f.worker->ring.slots[0] = ipc::numbered(ipc::Kind::log, 1);
  f.worker->line.tail = 1;
  CHECK(f.link.unheard());
  CHECK_FALSE(f.link.has_next());
  f.link.accept_unpublished();
  ipc::Descriptor descriptor;
  REQUIRE(f.link.receive(descriptor));
  CHECK(descriptor.number() == 1);
  CHECK_FALSE(f.link.unheard());
  CHECK_FALSE(f.link.lied());
}

}  // namespace
}  // namespace penstock
