// One end of a pipe as an object: how it moves to another process, what its descriptor tells, how
// it is closed, and what becomes of lies in its memory.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <thread>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "pipe_rig.hpp"
#include "sync/wait_any.hpp"

namespace penstock::sync {
namespace {

constexpr std::size_t kRing = 4096;

std::vector<UniqueFd> copies_of(const Object& object) {
  std::vector<UniqueFd> copies;
  for (const int fd : object.descriptors()) copies.push_back(duplicate(fd).value());
  return copies;
}

Connection& opened(const ObjectRef& object) {
  return static_cast<Connection&>(*object);
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_CASE("an end that is opened elsewhere goes on where it was") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  REQUIRE(send(*mine, message_of(7, 1)) == Passage::done);
  REQUIRE(send(*yours, message_of(8, 2)) == Passage::done);
  const std::uint64_t id = yours->id();
  const ObjectRef there = open_object(Kind::connection, id, copies_of(*yours)).value();
  REQUIRE(there->id() == id);
  yours.reset();

  CHECK(receive(opened(there)).second == message_of(7, 1));
  REQUIRE(send(opened(there), message_of(9, 3)) == Passage::done);
  CHECK(receive(*mine).second == message_of(8, 2));
  CHECK(receive(*mine).second == message_of(9, 3));
  REQUIRE(opened(there).close().has_value());
  CHECK(receive(*mine).first == Passage::gone);
}

TEST_CASE("an end on its way between two processes keeps the pipe open") {
  auto [mine, yours] = Connection::create_pair(false, kRing).value();
  std::vector<UniqueFd> on_the_way = copies_of(*yours);
  const std::uint64_t id = yours->id();
  yours.reset();
  CHECK(receive(*mine, 0).first == Passage::timed_out);
  const ObjectRef there = Connection::open(id, std::move(on_the_way)).value();
  CHECK((opened(there).sends() && !opened(there).receives()));
  REQUIRE(send(opened(there), message_of(3)) == Passage::done);
  CHECK(receive(*mine).second == message_of(3));
}

TEST_CASE("what is no end of a pipe is refused") {
  const auto [mine, yours] = Connection::create_pair(true, kRing).value();
  std::vector<UniqueFd> descriptors = copies_of(*mine);
  std::uint64_t id = mine->id();
  SECTION("no descriptors") {
    descriptors.clear();
  }
  SECTION("one is missing") {
    descriptors.pop_back();
  }
  SECTION("one too many") {
    descriptors.push_back(duplicate(0).value());
  }
  SECTION("another pipe") {
    id += 2;
  }
  SECTION("memory of something else") {
    descriptors[0] = duplicate(Region::create(Kind::memory, id | 1, 100).value().fd()).value();
  }
  SECTION("memory that tells of a ring it does not have") {
    const std::uint64_t claim = GENERATE(0u, 64u, 5000u, 8192u, 1ull << 63, UINT64_MAX);
    Region memory = Region::create(Kind::connection, id | 1, 9000).value();
    memory.as<std::uint64_t>() = claim;
    descriptors[0] = duplicate(memory.fd()).value();
  }
  CHECK(Connection::open(id, std::move(descriptors)).has_error());
}

TEST_CASE("whatever stands in the memory, there is an end to it") {
  std::mt19937_64 random(7);
  for (int round = 0; round != 3000; ++round) {
    auto [mine, yours] = Connection::create_pair(true, kRing).value();
    for (const std::size_t size : {0u, 100u, 600u, 2000u}) send(*yours, message_of(size), 0);
    send(*mine, message_of(1000), 0);
    const Region memory =
        Region::open(duplicate(mine->descriptors()[0]).value(), Kind::connection, mine->id() | 1)
            .value();
    // Mostly near the cursors and the first words, where it hurts.
    for (std::uint64_t hits = random() % 4 + 1; hits != 0; --hits) {
      const std::size_t near = 64 + 2 * sizeof(LaneState) + (random() % 2) * kRing;
      const std::size_t at = random() % 2 == 0 ? random() % near : near + random() % 128;
      const std::uint64_t lies[] = {random(), random() % 256, ~random() % 256, 0, UINT64_MAX, 4097};
      const std::uint64_t lie = lies[random() % std::size(lies)];
      std::memcpy(memory.data() + at / 8 * 8, &lie, sizeof lie);
    }
    yours.reset();
    for (int i = 0; i != 10; ++i) {
      const auto received = mine->receive(0, [](auto, auto, auto) {});
      if (!received || *received != Passage::done) break;
    }
    CHECK(mine->poll(0).has_value());
    mine->send(message_of(1000), 0);
  }
}

TEST_CASE("a damaged memory is told of") {
  const auto [mine, yours] = Connection::create_pair(false, kRing).value();
  const Region memory =
      Region::open(duplicate(mine->descriptors()[0]).value(), Kind::connection, mine->id() | 1)
          .value();
  auto& state = *reinterpret_cast<LaneState*>(memory.data() + 64);
  const std::string text =
      "pipe: what stands in its memory makes no sense; a process that holds the pipe has damaged "
      "it";
  SECTION("more than the ring holds") {
    state.tail = kRing + 8;
  }
  SECTION("a cursor between the words") {
    state.tail = 12;
  }
  SECTION("a word without form") {
    state.tail = 16;
  }
  SECTION("a piece of which there is too little") {
    send(*yours, message_of(100));
    state.tail = 16;
  }
  CHECK(mine->poll(0).value());
  CHECK(std::string(mine->receive(0, [](auto, auto, auto) {}).error().what()) == text);
  state.head = 4;
  state.tail = 2 * kRing;
  CHECK(std::string(yours->send({}, 0).error().what()) == text);
}

TEST_CASE("the descriptor is readable while there is something to receive") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  SECTION("asked for in time") {}
  SECTION("asked for late") {
    REQUIRE(send(*yours, message_of(1)) == Passage::done);
    CHECK(wait_readable(mine->fileno().value(), 0));
    CHECK(receive(*mine).first == Passage::done);
  }
  SECTION("after others have waited") {
    CHECK_FALSE(mine->poll(deadline_after(std::chrono::milliseconds(1))).value());
    REQUIRE(send(*yours, message_of(1)) == Passage::done);
    CHECK(receive(*mine).first == Passage::done);
  }
  const int fd = mine->fileno().value();
  CHECK_FALSE(wait_readable(fd, 0));
  for (const int count : {1, 3}) {
    for (int i = 0; i != count; ++i) REQUIRE(send(*yours, message_of(1)) == Passage::done);
    for (int i = 0; i != count; ++i) {
      CHECK(wait_readable(fd, 0));
      CHECK(mine->poll(0).value());
      CHECK(receive(*mine).first == Passage::done);
    }
    CHECK_FALSE(wait_readable(fd, 0));
  }
  Forked other([&, &b = yours] { return send(*b, message_of(5)) == Passage::done; });
  CHECK(wait_readable(fd, 20'000));
  CHECK(receive(*mine).second == message_of(5));
  CHECK(other.join());
  yours.reset();
  CHECK(wait_readable(fd, 0));
  CHECK(receive(*mine).first == Passage::gone);
}

// One that says that it was rung, and has no byte, would never wake who sleeps by it.
TEST_CASE("each bell of a pipe is armed or has its byte, from the beginning on") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  const Region memory =
      Region::open(duplicate(mine->descriptors()[0]).value(), Kind::connection, mine->id() | 1)
          .value();
  const auto all_will_wake = [&, &first = mine, &second = yours] {
    const Connection* ends[] = {first.get(), second.get()};
    const auto will_wake = [](const std::atomic<std::uint32_t>& word, int sleeper) {
      return word == Bell::kArmed || SocketLine(sleeper).readable();
    };
    bool all = true;
    for (const std::size_t lane : {0u, 1u}) {
      const std::size_t at = 64 + lane * sizeof(LaneState);
      const auto& state = *reinterpret_cast<const LaneState*>(memory.data() + at);
      all = all && will_wake(state.data_bell, ends[lane]->descriptors()[1]) &&
            will_wake(state.room_bell, ends[1 - lane]->descriptors()[2]);
    }
    return all;
  };
  CHECK(all_will_wake());
  REQUIRE(send(*mine, message_of(5)) == Passage::done);
  CHECK(all_will_wake());
  REQUIRE(receive(*yours).first == Passage::done);
  CHECK(all_will_wake());
  for (const std::size_t size : {std::size_t{100}, 10 * kRing, 100 * kRing}) {
    std::thread sender([&, &end = yours] { send(*end, message_of(size)); });
    CHECK(receive(*mine).second == message_of(size));
    sender.join();
    CHECK(all_will_wake());
  }
  CHECK(send(*mine, message_of(2 * kRing), deadline_after(std::chrono::milliseconds(1))) ==
        Passage::timed_out);
  CHECK(all_will_wake());
}

TEST_CASE("a closed end is of no use, and its descriptors are gone") {
  const std::size_t before = open_descriptors();
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  std::atomic<bool> waiting = false;
  std::thread receiver([&, &end = mine] {
    waiting = true;
    receive(*end);
  });
  CHECK(comes_true([&] { return waiting.load(); }));
  // It has the end in use as soon as it is in receive().
  CHECK(comes_true([&, &end = mine] { return end->poll(0).has_value(); }));
  REQUIRE(send(*yours, message_of(1)) == Passage::done);
  receiver.join();
  CHECK_FALSE(mine->closed());
  REQUIRE(mine->close().has_value());
  REQUIRE(mine->close().has_value());
  CHECK(mine->closed());
  CHECK(mine->descriptors().empty());
  CHECK(std::string(mine->send({}, 0).error().what()) == "pipe: this end is closed");
  CHECK(mine->receive(0, [](auto, auto, auto) {}).has_error());
  CHECK(mine->poll(0).has_error());
  CHECK(mine->fileno().has_error());
  CHECK(mine->bury(kProgram));
  mine.reset();
  yours.reset();
  CHECK(open_descriptors() == before);
}

TEST_CASE("an end that another thread is using is not closed under it") {
  const auto [mine, yours] = Connection::create_pair(true, kRing).value();
  Message message;
  const TakePiece take = into(message);
  REQUIRE(send(*yours, message_of(5)) == Passage::done);
  std::string refusal;
  const auto passage = mine->receive(kForever, [&](auto total, auto offset, auto piece) {
    take(total, offset, piece);
    std::thread([&, &end = mine] { refusal = end->close().error().what(); }).join();
  });
  CHECK(passage.value() == Passage::done);
  CHECK(refusal == "pipe: an end that another thread is using cannot be closed");
  CHECK(mine->close().has_value());
}

TEST_CASE("pipes leave no descriptor behind") {
  const std::size_t before = open_descriptors();
  for (int i = 0; i != 300; ++i) {
    const auto pair = Connection::create_pair(i % 2 == 0, kRing).value();
    const ObjectRef again = Connection::open(pair.first->id(), copies_of(*pair.first)).value();
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("waiting for several finds all that are ready, and wakes for any") {
  auto [first_in, first_out] = Connection::create_pair(false, kRing).value();
  auto [second_in, second_out] = Connection::create_pair(false, kRing).value();
  const PipeEnds pipe = create_pipe().value();
  Waitable all[] = {
      {first_in.get()}, {second_in.get()}, {nullptr, pipe.read.get()}, {first_out.get()}};
  const auto ready = [&](Deadline deadline) {
    const bool any = wait_any(all, deadline).value();
    std::vector<int> which;
    for (const Waitable& one : all) which.push_back(one.ready ? 1 : 0);
    CHECK(any == (std::count(which.begin(), which.end(), 1) != 0));
    return which;
  };
  CHECK_FALSE(wait_any({}, kForever).value());
  CHECK(ready(0) == std::vector{0, 0, 0, 0});
  CHECK(ready(deadline_after(std::chrono::milliseconds(2))) == std::vector{0, 0, 0, 0});

  Forked other([&, &end = second_out] { return send(*end, message_of(3)) == Passage::done; });
  CHECK(ready(kForever) == std::vector{0, 1, 0, 0});
  CHECK(other.join());
  REQUIRE(write_all(pipe.write.get(), "x").has_value());
  CHECK(ready(kForever) == std::vector{0, 1, 1, 0});
  CHECK(receive(*second_in).second == message_of(3));
  CHECK(ready(kForever) == std::vector{0, 0, 1, 0});
  second_out.reset();
  CHECK(ready(kForever) == std::vector{0, 1, 1, 0});

  all[0] = {};
  all[0].descriptor = pipe.read.get();
  REQUIRE(first_in->close().has_value());
  CHECK(ready(kForever) == std::vector{1, 1, 1, 1});
  all[0] = {first_in.get()};
  CHECK(std::string(wait_any(all, kForever).error().what()) ==
        "pipe: an end that is waited for is closed");
  all[0] = {nullptr, 1'000'000};
  CHECK(std::string(wait_any(all, kForever).error().what()) ==
        "what is waited for is no open descriptor: 1000000");
  all[0] = {nullptr, -1};
  CHECK(wait_any(all, kForever).has_error());
}

}  // namespace
}  // namespace penstock::sync
