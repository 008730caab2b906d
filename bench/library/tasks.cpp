#include "tasks.hpp"

#include <penstock/plugin.hpp>

#include <sched.h>

#include <atomic>
#include <mutex>

#include "stopwatch.hpp"

namespace {

constexpr std::int64_t held = 20'000;  // nanoseconds that a lock is held while the other waits

// Words that both processes share: one of each, and when the lock was let go.
enum : std::size_t { wants = 0, got = 2, released = 4 };

std::atomic_ref<std::int64_t> word(Words& words, std::size_t place) {
  return std::atomic_ref<std::int64_t>(words[place]);
}

void until(Words& words, std::size_t place, std::int64_t value) {
  while (word(words, place) < value) ::sched_yield();
}

}  // namespace

void put_all(Numbers queue, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i) queue.put(i);
}

void put_when_asked(Numbers there, Numbers back, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i) {
    back.get();
    there.put(nanoseconds());
  }
}

void echo(Channel connection, std::int64_t count) {
  for (std::int64_t i = 0; i != count; ++i) connection.send_bytes(connection.recv_bytes());
}

std::vector<std::int64_t> take_turns(penstock::Mutex mutex, Words words, std::int64_t me,
                                     std::int64_t count) {
  const auto self = static_cast<std::size_t>(me), other = 1 - self;
  std::vector<std::int64_t> took;
  until(words, got, me);  // process 0 begins
  for (std::int64_t turn = 1; turn <= count; ++turn) {
    const std::int64_t next_of_other = std::min(turn + me, count);
    word(words, wants + self) = turn;
    mutex.lock();
    took.push_back(nanoseconds() - word(words, released));
    word(words, got + self) = turn;
    until(words, wants + other, next_of_other);
    const std::int64_t end = nanoseconds() + held;
    while (nanoseconds() < end) {
    }
    word(words, released) = nanoseconds();
    mutex.unlock();
    until(words, got + other, next_of_other);
  }
  return took;
}

PENSTOCK_PLUGIN("peer", "1.0.0", "the other side of what is measured") {
  plugin.transform("noop", "the number that it is given", [](std::int64_t x) { return x; });
  plugin.transform("put_all", "puts numbers into a queue", put_all);
  plugin.transform("put_when_asked", "answers each message with one", put_when_asked);
  plugin.transform("echo", "sends back what comes", echo);
  plugin.transform("take_turns", "has a mutex in turn with another process", take_turns);
}
