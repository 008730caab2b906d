#include "ipc/doorbell.hpp"

#include <fcntl.h>

#include <thread>

#include "catch.hpp"
#include "ipc/sleep.hpp"

namespace penstock::ipc {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST_CASE("a bell that was rung is heard once") {
  const UniqueFd bell = create_bell().value();
  CHECK_FALSE(wait_readable(bell.get(), 0));
  ring_bell(bell);
  ring_bell(bell);
  CHECK(wait_readable(bell.get(), 0));
  silence_bell(bell);
  CHECK_FALSE(wait_readable(bell.get(), 0));
}

TEST_CASE("to silence a bell never waits, whatever the other side has made of it") {
  const UniqueFd bell = create_bell().value();
  REQUIRE(::fcntl(bell.get(), F_SETFL, 0) == 0);  // the flag belongs to both sides
  silence_bell(bell);
  CHECK_FALSE(wait_readable(bell.get(), 0));
}

TEST_CASE("no sleep on a word that has changed already") {
  RingWord word{1};
  const std::uint64_t began = monotonic_ns();
  sleep_on(word, 0, 60 * kSecond);
  CHECK(monotonic_ns() - began < 30 * kSecond);
}

TEST_CASE("a sleep ends with its time") {
  RingWord word{0};
  sleep_on(word, 0, 1'000'000);
  CHECK(word.load() == 0);
}

TEST_CASE("a sleeper is woken by who publishes", "[no-sanitizer]") {
  constexpr std::uint32_t kTurns = 2000;
  RingWord news{0};
  RingWord sleeping{0};
  RingWord taken{0};
  std::thread sleeper([&] {
    for (std::uint32_t seen = 0; seen < kTurns; ++seen) {
      while (news.load() == seen) {
        begin_sleep(sleeping);
        if (news.load() == seen) sleep_on(news, seen, 60 * kSecond);
        end_sleep(sleeping);
      }
      taken.store(seen + 1);
    }
  });
  const std::uint64_t began = monotonic_ns();
  for (std::uint32_t turn = 1; turn <= kTurns; ++turn) {
    news.store(turn);
    if (needs_wake(sleeping)) wake(news);
    while (taken.load() != turn) yield_cpu();
  }
  sleeper.join();
  CHECK(monotonic_ns() - began < 50 * kSecond);
}

TEST_CASE("who looks sees what is there, and in the end that nothing comes") {
  CHECK(look_for([] { return true; }));
  int looks = 0;
  CHECK(look_for([&] { return ++looks == 3; }));
  CHECK_FALSE(look_for([] { return false; }));
}

}  // namespace
}  // namespace penstock::ipc
