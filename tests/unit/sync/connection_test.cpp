#include "sync/connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
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

namespace penstock::sync {
namespace {

constexpr std::size_t kRing = 4096;
constexpr std::size_t kPiece = kRing / 8;

Deadline soon() {
  return deadline_after(std::chrono::milliseconds(5));
}

TEST_CASE("messages of any size come back whole from another process") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  Forked other([&, &a = mine, &b = yours] {
    a.reset();
    return echo(*b);
  });
  yours.reset();
  const std::size_t sizes[] = {0,         1,          7,         8,     9,         kPiece - 1,
                               kPiece,    kPiece + 1, kRing - 9, kRing, kRing + 1, kRing - 1,
                               3 * kRing, 1'000'003,  0,         1};
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    REQUIRE(send(*mine, message_of(size)) == Passage::done);
    const auto [passage, message] = receive(*mine);
    REQUIRE(passage == Passage::done);
    REQUIRE(message.size() == size);
    CHECK(is_message(message));
  }
  mine.reset();
  CHECK(other.join());
}

void pass_large(std::size_t size, std::size_t ring) {
  // A word here and there, in every piece; all else is zero.
  constexpr std::size_t apart = 3001;
  auto [reader, writer] = Connection::create_pair(false, ring).value();
  Forked other([&, &a = reader, &b = writer] {
    a.reset();
    Message message(size);
    for (std::size_t at = 0; at + sizeof at <= size; at += apart) {
      std::memcpy(message.data() + at, &at, sizeof at);
    }
    return send(*b, message) == Passage::done;
  });
  writer.reset();
  const auto [passage, message] = receive(*reader);
  REQUIRE(passage == Passage::done);
  REQUIRE(message.size() == size);
  bool same = true;
  for (std::size_t at = 0; same && at + sizeof at <= size; at += apart) {
    same = std::memcmp(message.data() + at, &at, sizeof at) == 0;
  }
  CHECK(same);
  CHECK(other.join());
  CHECK(receive(*reader).first == Passage::gone);
}

TEST_CASE("a message of 100 MiB") {
  pass_large(std::size_t{100} << 20, std::size_t{1} << 20);
}

TEST_CASE("a message of 1 GiB, the largest there is", "[no-sanitizer]") {
  pass_large(kLargestMessage, std::size_t{16} << 20);
  auto [reader, writer] = Connection::create_pair(false).value();
  const std::byte first{};
  const auto refused = writer->send(std::span(&first, kLargestMessage + 1), kForever);
  REQUIRE(refused.has_error());
  CHECK(std::string(refused.error().what()) ==
        "pipe: a message of 1073741825 bytes is too large; up to 1 GiB (1073741824 bytes) go");
}

TEST_CASE("both ways at once, from two threads of each process") {
  constexpr std::uint64_t count = 3000;
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  const auto exchange = [](Connection& end) {
    const auto size = [](std::uint64_t i) { return i % 7 == 0 ? i * 5 : i % 40; };
    bool received = true;
    std::thread receiver([&] {
      for (std::uint64_t i = 0; i != count && received; ++i) {
        const auto [passage, message] = receive(end);
        received = passage == Passage::done && message.size() == size(i) && is_message(message, i);
      }
    });
    bool sent = true;
    for (std::uint64_t i = 0; i != count && sent; ++i) {
      sent = send(end, message_of(size(i), i)) == Passage::done;
    }
    receiver.join();
    return sent && received;
  };
  Forked other([&, &a = mine, &b = yours] {
    a.reset();
    return exchange(*b);
  });
  yours.reset();
  CHECK(exchange(*mine));
  CHECK(other.join());
}

TEST_CASE("what was sent is received, then comes the end of file") {
  auto [reader, writer] = Connection::create_pair(false, kRing).value();
  SECTION("the other end was closed") {
    REQUIRE(send(*writer, message_of(3)) == Passage::done);
    REQUIRE(writer->close().has_value());
  }
  SECTION("the last handle was dropped") {
    REQUIRE(send(*writer, message_of(3)) == Passage::done);
    writer.reset();
  }
  SECTION("its process was killed") {
    Forked other([&, &a = reader, &b = writer] {
      a.reset();
      send(*b, message_of(3));
      ::pause();
      return true;
    });
    writer.reset();
    REQUIRE(reader->poll(kForever).value());
    other.kill();
  }
  CHECK(reader->poll(0).value());
  const auto [passage, message] = receive(*reader);
  CHECK(passage == Passage::done);
  CHECK(message == message_of(3));
  CHECK(receive(*reader).first == Passage::gone);
  CHECK(reader->poll(0).value());
  CHECK(receive(*reader).first == Passage::gone);
}

TEST_CASE("who waits sees the other side die") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  Forked other([&, &a = mine] {
    a.reset();
    ::pause();
    return true;
  });
  yours.reset();
  std::atomic<int> waiting = 0;
  Passage received = Passage::done;
  Passage sent = Passage::done;
  std::thread receiver([&, &end = mine] {
    ++waiting;
    received = receive(*end).first;
  });
  std::thread sender([&, &end = mine] {
    ++waiting;
    sent = send(*end, message_of(10 * kRing));
  });
  CHECK(comes_true([&] { return waiting == 2; }));
  other.kill();
  receiver.join();
  sender.join();
  CHECK(received == Passage::gone);
  CHECK(sent == Passage::gone);
}

TEST_CASE("a sender that is killed in the middle of a message leaves the end of file there") {
  auto [reader, writer] = Connection::create_pair(false, kRing).value();
  Forked other([&, &a = reader, &b = writer] {
    a.reset();
    send(*b, message_of(100));
    send(*b, message_of(10 * kRing));
    return true;
  });
  writer.reset();
  CHECK(receive(*reader).second == message_of(100));
  REQUIRE(reader->poll(kForever).value());
  other.kill();
  CHECK(receive(*reader).first == Passage::cut_off);
  CHECK(receive(*reader).first == Passage::gone);
}

TEST_CASE("sending fails when nobody holds the other end") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  SECTION("it was closed here") {
    REQUIRE(send(*mine, message_of(1)) == Passage::done);
    REQUIRE(yours->close().has_value());
    CHECK(send(*mine, message_of(1)) == Passage::gone);
  }
  SECTION("its process was killed") {
    Forked other([&, &a = mine] {
      a.reset();
      ::pause();
      return true;
    });
    yours.reset();
    REQUIRE(send(*mine, message_of(1)) == Passage::done);
    other.kill();
    CHECK(comes_true([&, &end = mine] { return send(*end, message_of(1)) == Passage::gone; }));
  }
  CHECK(send(*mine, message_of(1)) == Passage::gone);
}

TEST_CASE("time-outs leave everything as it was") {
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  CHECK(receive(*mine, 0).first == Passage::timed_out);
  CHECK(receive(*mine, soon()).first == Passage::timed_out);
  CHECK_FALSE(mine->poll(0).value());
  CHECK_FALSE(mine->poll(soon()).value());

  std::uint64_t sent = 0;
  while (send(*mine, message_of(100, sent), 0) == Passage::done) ++sent;
  CHECK(sent > kRing / 200);
  CHECK(send(*mine, message_of(100), soon()) == Passage::timed_out);
  CHECK(send(*mine, message_of(2 * kPiece), soon()) == Passage::timed_out);
  for (std::uint64_t i = 0; i != sent; ++i) {
    const auto [passage, message] = receive(*yours, 0);
    REQUIRE(passage == Passage::done);
    CHECK(message == message_of(100, i));
  }
  CHECK(receive(*yours, 0).first == Passage::timed_out);
}

TEST_CASE("a message that was given up in the middle is passed over") {
  auto [reader, writer] = Connection::create_pair(false, kRing).value();
  REQUIRE(send(*writer, message_of(10, 1)) == Passage::done);
  // Larger than the ring: it begins to go out.
  CHECK(send(*writer, message_of(2 * kRing), soon()) == Passage::timed_out);
  CHECK(receive(*reader).second == message_of(10, 1));
  CHECK_FALSE(reader->poll(0).value());
  CHECK(receive(*reader, 0).first == Passage::timed_out);

  // The receiver is in the middle of it, and goes on when there is something behind it.
  std::vector<Passage> sent;
  std::thread late([&, &end = writer] {
    sent.push_back(send(*end, message_of(2 * kRing), soon()));
    sent.push_back(send(*end, message_of(20, 2)));
  });
  Message message;
  const TakePiece take = into(message);
  const auto passage = reader->receive(kForever, [&](auto total, auto offset, auto piece) {
    take(total, offset, piece);
    if (offset == kPiece) late.join();
  });
  REQUIRE_FALSE(late.joinable());
  CHECK(sent == std::vector{Passage::timed_out, Passage::done});
  CHECK(passage.value() == Passage::done);
  CHECK(message == message_of(20, 2));
}

TEST_CASE("another holder of an end goes on where a killed one was in the middle") {
  auto [reader, writer] = Connection::create_pair(false, kRing).value();
  SECTION("it sent") {
    Forked other(
        [&, &end = writer] { return send(*end, message_of(10 * kRing)) == Passage::done; });
    std::atomic<bool> begun = false;
    Message message;
    std::thread receiver([&, &end = reader] {
      const TakePiece take = into(message);
      end->receive(kForever,
                   [&](auto total, auto offset, auto piece) {
                     take(total, offset, piece);
                     if (!begun.exchange(true)) other.kill();
                   })
          .value();
    });
    CHECK(comes_true([&] { return begun.load(); }));
    CHECK(send(*writer, message_of(5)) == Passage::done);
    receiver.join();
    CHECK(message == message_of(5));
  }
  SECTION("it received") {
    std::vector<Passage> sent;
    std::thread sender([&, &end = writer] {
      sent.push_back(send(*end, message_of(20 * kRing)));
      sent.push_back(send(*end, message_of(5)));
    });
    Forked other([&, &end = reader] {
      end->receive(kForever,
                   [](auto, auto offset, auto) {
                     if (offset == kPiece) ::raise(SIGKILL);
                   })
          .value();
      return false;
    });
    CHECK_FALSE(other.join());
    CHECK(receive(*reader).second == message_of(5));
    sender.join();
    CHECK(sent == std::vector{Passage::done, Passage::done});
  }
}

TEST_CASE("burying one who sent wakes who waits for him, at worst for nothing") {
  auto [reader, writer] = Connection::create_pair(false, kRing).value();
  Passage received = Passage::gone;
  std::thread receiver([&, &end = reader] { received = receive(*end).first; });
  CHECK(writer->bury(new_party()));
  CHECK(send(*writer, message_of(1)) == Passage::done);
  receiver.join();
  CHECK(received == Passage::done);
}

TEST_CASE("each end of a one-way pipe has its direction") {
  auto [reader, writer] = Connection::create_pair(false, kRing).value();
  CHECK((reader->receives() && !reader->sends()));
  CHECK((writer->sends() && !writer->receives()));
  CHECK(std::string(reader->send({}, 0).error().what()) ==
        "pipe: this end of a one-way pipe only receives");
  CHECK(std::string(writer->poll(0).error().what()) ==
        "pipe: this end of a one-way pipe only sends");
  CHECK(writer->receive(0, [](auto, auto, auto) {}).has_error());
}

TEST_CASE("messages of several threads are whole, and each goes to one") {
  constexpr std::uint64_t each = 500;
  auto [mine, yours] = Connection::create_pair(true, kRing).value();
  std::vector<std::atomic<int>> got(3 * each);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t != 3; ++t) {
    threads.emplace_back([&, t, &end = mine] {
      for (std::uint64_t i = 0; i != each; ++i) {
        Message message = message_of(8 + i * 3, t * each + i);
        const std::uint64_t number = t * each + i;
        std::memcpy(message.data(), &number, sizeof number);
        send(*end, message);
      }
    });
    threads.emplace_back([&, &end = yours] {
      for (std::uint64_t i = 0; i != each; ++i) {
        auto [passage, message] = receive(*end);
        std::uint64_t number = 0;
        std::memcpy(&number, message.data(), sizeof number);
        Message wanted = message_of(message.size(), number);
        std::memcpy(wanted.data(), &number, sizeof number);
        if (passage == Passage::done && message == wanted) ++got.at(number);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::all_of(got.begin(), got.end(), [](const auto& times) { return times == 1; }));
}

}  // namespace
}  // namespace penstock::sync
