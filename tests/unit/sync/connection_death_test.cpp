// Processes that use a pipe are killed at random moments: what the others receive is whole, in
// order, and has an end.
#include <atomic>
#include <random>
#include <thread>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "pipe_rig.hpp"
#include "shared_table.hpp"

namespace penstock::sync {
namespace {

constexpr int kKills = 300;
constexpr std::size_t kRing = 4096;

// Mostly small, often of several pieces, now and then larger than the ring.
std::size_t size_of(std::uint64_t number) {
  const std::uint64_t sizes[] = {0, 8, 40, 8, 500, 600, 16, 3000, 1, 5000, 4080, 24};
  return sizes[number % std::size(sizes)] + number % 7;
}

bool send_number(Connection& end, std::uint64_t number) {
  return send(end, message_of(size_of(number), number)) == Passage::done;
}

bool is_number(const Message& message, std::uint64_t number) {
  return message.size() == size_of(number) && is_message(message, number);
}

// One that tells whose it is, and the how manieth.
struct Label {
  std::uint64_t life;
  std::uint64_t number;
};

bool send_labelled(Connection& end, Label label) {
  Message message = message_of(sizeof label + size_of(label.number), label.life);
  std::memcpy(message.data(), &label, sizeof label);
  return send(end, message) == Passage::done;
}

bool is_labelled(const Message& message, Label& label) {
  if (message.size() < sizeof label) return false;
  std::memcpy(&label, message.data(), sizeof label);
  Message wanted = message_of(sizeof label + size_of(label.number), label.life);
  std::memcpy(wanted.data(), &label, sizeof label);
  return message == wanted;
}

// A moment that no step of the other process knows of.
void pass_some_time(std::mt19937& random) {
  for (unsigned i = random() % 3000; i != 0; --i) ipc::pause_cpu();
}

TEST_CASE("senders that are killed: whole messages, then the end of file") {
  std::mt19937 random(1);
  int cut_off = 0;
  for (int i = 0; i != kKills; ++i) {
    auto [mine, yours] = Connection::create_pair(true, kRing).value();
    Forked other([&, &a = mine, &b = yours] {
      a.reset();
      for (std::uint64_t number = 0; send_number(*b, number); ++number) continue;
      return false;
    });
    yours.reset();
    const std::uint64_t before = random() % 30;
    std::uint64_t number = 0;
    Passage passage = Passage::done;
    while (passage == Passage::done) {
      if (number == before) {
        pass_some_time(random);
        other.kill();
      }
      Message message;
      std::tie(passage, message) = receive(*mine);
      if (passage != Passage::done) break;
      REQUIRE(is_number(message, number));
      ++number;
    }
    REQUIRE(number >= before);
    if (passage == Passage::cut_off) {
      ++cut_off;
      passage = receive(*mine).first;
    }
    REQUIRE(passage == Passage::gone);
  }
  CHECK(cut_off > 0);
}

TEST_CASE("partners that are killed while both send and receive") {
  std::mt19937 random(2);
  for (int i = 0; i != kKills; ++i) {
    auto [mine, yours] = Connection::create_pair(true, kRing).value();
    Forked other([&, &a = mine, &b = yours] {
      a.reset();
      return echo(*b);
    });
    yours.reset();
    std::atomic<std::uint64_t> came_back = 0;
    std::atomic<bool> over = false;
    const std::uint64_t before = random() % 30;
    std::thread killer([&] {
      while (came_back.load() < before && !over.load()) ipc::yield_cpu();
      pass_some_time(random);
      other.kill();
    });
    bool whole = true;
    for (std::uint64_t number = 0; whole && send_number(*mine, number); ++number) {
      const auto [passage, message] = receive(*mine);
      if (passage != Passage::done) break;
      whole = is_number(message, number);
      ++came_back;
    }
    over = true;
    killer.join();
    REQUIRE(whole);
    REQUIRE(came_back >= before);
    REQUIRE(receive(*mine).first == Passage::gone);
    REQUIRE(send(*mine, {}) == Passage::gone);
  }
}

// The test holds both ends all the time, so there is no end of file to help.
TEST_CASE("senders that are killed one after the other, at an end that lives on") {
  auto [mine, yours] = Connection::create_pair(false, kRing).value();
  constexpr std::uint64_t kLast = kKills + 1;
  std::atomic<std::uint64_t> received = 0;
  std::atomic<bool> whole = true;
  std::thread receiver([&, &end = mine] {
    Label next{0, 0};
    for (Label label{}; label.life != kLast;) {
      const auto [passage, message] = receive(*end);
      whole = passage == Passage::done && is_labelled(message, label) && label.life >= next.life &&
              label.number == (label.life == next.life ? next.number : 0);
      if (!whole) return;
      next = {label.life, label.number + 1};
      ++received;
    }
  });
  std::mt19937 random(3);
  for (std::uint64_t life = 1; life <= kKills; ++life) {
    const std::uint64_t target = received.load() + random() % 20;
    Forked other([&, &end = yours] {
      for (std::uint64_t i = 0; send_labelled(*end, {life, i}); ++i) continue;
      return false;
    });
    CHECK(comes_true([&] { return received.load() >= target || !whole.load(); }));
    pass_some_time(random);
    other.kill();
    CHECK(yours->bury(other.party()));
  }
  CHECK(send_labelled(*yours, {kLast, 0}));
  receiver.join();
  CHECK(whole);
}

TEST_CASE("receivers that are killed one after the other, at an end that lives on") {
  auto [mine, yours] = Connection::create_pair(false, kRing).value();
  SharedTable<std::atomic<std::uint64_t>> last(1);
  SharedTable<std::atomic<bool>> wrong(1);
  std::thread sender([&, &end = yours] {
    for (std::uint64_t number = 1; send_labelled(*end, {0, number}); ++number) continue;
  });
  // Nothing is missing but the one that each of those had in hand who were killed meanwhile.
  const auto take_all = [&](Connection& end, std::uint64_t killed) {
    for (std::uint64_t missing = killed;; missing = 0) {
      const auto [passage, message] = receive(end);
      Label label{};
      const std::uint64_t before = last[0].load();
      if (passage != Passage::done || !is_labelled(message, label) || label.number <= before ||
          label.number > before + 1 + missing) {
        wrong[0] = true;
        return false;
      }
      last[0] = label.number;
    }
  };
  std::mt19937 random(4);
  std::uint64_t killed = 0;  // since one came back
  for (int i = 0; i != kKills; ++i) {
    const std::uint64_t before = last[0].load();
    const std::uint64_t target = before + random() % 20;
    Forked other([&, &end = mine] { return take_all(*end, killed); });
    CHECK(comes_true([&] { return last[0].load() >= target || wrong[0].load(); }));
    pass_some_time(random);
    other.kill();
    CHECK(mine->bury(other.party()));
    killed = last[0].load() == before ? killed + 1 : 1;
  }
  CHECK_FALSE(wrong[0].load());
  mine.reset();
  sender.join();
}

}  // namespace
}  // namespace penstock::sync
