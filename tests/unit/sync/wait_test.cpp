// Waiting for several at once, with the cases of CPython's TestWait.
#include <penstock/pipe.hpp>
#include <penstock/wait.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>

#include "asleep.hpp"
#include "base/fd.hpp"
#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

using namespace std::chrono_literals;
using sync::Forked;

template <class Pair, class Body>
Forked other_process(Pair& ends, Body body) {
  return Forked([&] {
    ends.first.close();
    return body(ends.second);
  });
}

TEST_CASE("wait: four writers, until the last is gone") {
  std::vector<Connection<std::pair<int, int>>> readers;
  std::vector<Forked> writers;
  for (int id = 0; id != 4; ++id) {
    auto ends = Pipe<std::pair<int, int>>(false);
    writers.push_back(other_process(ends, [&](auto& end) {
      for (int i = 0; i != 10; ++i) {
        for (int n = id * 1000; n != 0; --n) ipc::pause_cpu();
        end.send({i, id});
      }
      return true;
    }));
    readers.push_back(std::move(ends.first));
  }
  std::vector<std::pair<int, int>> messages;
  std::size_t open = readers.size();
  while (open != 0) {
    for (auto* reader : wait(readers)) {
      try {
        messages.push_back(reader->recv());
      } catch (const EndOfFile&) {
        reader->close();
        --open;
      }
    }
    std::erase_if(readers, [](const auto& reader) { return reader.closed(); });
  }
  std::sort(messages.begin(), messages.end());
  std::vector<std::pair<int, int>> expected;
  for (int i = 0; i != 10; ++i) {
    for (int id = 0; id != 4; ++id) expected.emplace_back(i, id);
  }
  CHECK(messages == expected);
  for (Forked& writer : writers) CHECK(writer.join());
}

// True, when whoever waits for this process sleeps, and so does not look.
bool parent_is_asleep() {
  return sync::comes_true([] { return sync::is_asleep(::getppid()); });
}

TEST_CASE("wait: messages that come when nobody looks any more") {
  std::vector<Connection<int>> readers;
  std::vector<Forked> writers;
  for (int id = 0; id != 4; ++id) {
    auto ends = Pipe<int>(false);
    writers.push_back(other_process(ends, [](auto& end) {
      for (int i = 0; i != 10; ++i) {
        if (!parent_is_asleep()) return false;
        end.send(i);
      }
      return parent_is_asleep();
    }));
    readers.push_back(std::move(ends.first));
  }
  std::vector<int> messages;
  while (!readers.empty()) {
    for (auto* reader : wait(readers)) {
      try {
        messages.push_back(reader->recv());
      } catch (const EndOfFile&) {
        reader->close();
      }
    }
    std::erase_if(readers, [](const auto& reader) { return reader.closed(); });
  }
  for (int i = 0; i != 10; ++i) CHECK(std::ranges::count(messages, i) == 4);
  CHECK(messages.size() == 40);
  for (Forked& writer : writers) CHECK(writer.join());
}

TEST_CASE("wait: nothing in time, then the one that has something") {
  auto [a, b] = Pipe<std::optional<int>>();
  CHECK(wait({a, b}, 5ms).empty());
  CHECK(wait({a}, -1s).empty());
  CHECK(wait({}).empty());
  b.send(std::nullopt);
  const Ready ready = wait({a, b}, 20s);
  CHECK(ready.size() == 1);
  CHECK(ready.has(a));
  CHECK_FALSE(ready.has(b));
  CHECK(ready.places() == std::vector<std::size_t>{0});
  a.close();
  CHECK_THROWS_WITH(wait({b, a}), "an end that is waited for is closed");
}

struct Child {  // as a Process is
  int descriptor;
  int sentinel() const { return descriptor; }
};

struct Plain {
  UniqueFd descriptor;
  int fileno() const { return descriptor.get(); }
};

TEST_CASE("wait: ends, processes, sockets and numbers together") {
  auto [a, b] = Pipe<int>();
  const PipeEnds trigger = create_pipe().value();
  Forked process([&] {
    char byte = 0;
    return ::read(trigger.read.get(), &byte, 1) == 1;
  });
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid(), 0)));
  REQUIRE(pidfd);
  const Child child{pidfd.get()};
  auto sockets = create_socket_pair(SOCK_STREAM).value();
  const Plain plain{std::move(sockets.first)};
  const int number = trigger.read.get();

  CHECK(wait({a, child, b, plain, number}, 2ms).empty());
  REQUIRE(write_all(trigger.write.get(), "x").has_value());
  Ready ready = wait({a, child, b}, 20s);
  CHECK(ready.size() == 1);
  CHECK(ready.has(child));

  a.send(1);
  CHECK(wait({a, child, b}).places() == std::vector<std::size_t>{1, 2});
  b.send(1);
  CHECK(wait({a, child, b}).places() == std::vector<std::size_t>{0, 1, 2});

  REQUIRE(write_all(sockets.second.get(), "y").has_value());
  REQUIRE(write_all(trigger.write.get(), "z").has_value());
  ready = wait({a, plain, number}, 20s);
  CHECK(ready.size() == 3);
  CHECK((ready.has(a) && ready.has(plain) && ready.has(number)));
  CHECK(process.join());
}

TEST_CASE("wait: four sockets, fast or slow, until the last is closed") {
  const bool slow = GENERATE(false, true);
  std::vector<Plain> readers;
  std::vector<Forked> writers;
  for (int id = 0; id != 4; ++id) {
    auto sockets = create_socket_pair(SOCK_STREAM).value();
    writers.emplace_back([&] {
      for (char i = 0; i != 10; ++i) {
        if (slow && !parent_is_asleep()) return false;
        if (!write_all(sockets.second.get(), {&i, 1}).has_value()) return false;
      }
      return true;
    });
    readers.push_back({std::move(sockets.first)});
  }
  std::vector<char> bytes;
  while (!readers.empty()) {
    for (Plain* reader : wait(readers)) {
      char some[4];
      const ssize_t size = ::read(reader->fileno(), some, sizeof some);
      if (size <= 0) reader->descriptor.reset();
      bytes.insert(bytes.end(), some, some + std::max<ssize_t>(size, 0));
    }
    std::erase_if(readers, [](const Plain& reader) { return !reader.descriptor; });
  }
  for (char i = 0; i != 10; ++i) CHECK(std::ranges::count(bytes, i) == 4);
  CHECK(bytes.size() == 40);
  for (Forked& writer : writers) CHECK(writer.join());
}

TEST_CASE("fileno is for event loops of others") {
  auto [a, b] = Pipe<int>();
  pollfd event{a.fileno(), POLLIN, 0};
  CHECK(::poll(&event, 1, 0) == 0);
  for (int i = 0; i != 3; ++i) b.send(i);
  for (int i = 0; i != 3; ++i) {
    CHECK(::poll(&event, 1, 20'000) == 1);
    CHECK(a.recv() == i);
  }
  CHECK(::poll(&event, 1, 0) == 0);
  b.close();
  CHECK(::poll(&event, 1, 20'000) == 1);
  CHECK_THROWS_AS(a.recv(), EndOfFile);
}

}  // namespace
}  // namespace penstock
