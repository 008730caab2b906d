#include "sync/managed/conduit.hpp"

#include <sys/socket.h>

#include <string>
#include <thread>

#include "catch.hpp"
#include "ipc/doorbell.hpp"

namespace penstock::sync {
namespace {

// Both ends of a connection, with a mailbox or without.
struct Ends {
  explicit Ends(bool with_mailbox) : Ends(create_socket_pair(SOCK_STREAM).value()) {
    if (!with_mailbox) return;
    const UniqueFd memory = Mailbox::create().value();
    client.attach(Mailbox::open(memory, Mailbox::Side::client).value());
    server.attach(Mailbox::open(memory, Mailbox::Side::server).value());
  }
  explicit Ends(std::pair<UniqueFd, UniqueFd> sockets)
      : client(std::move(sockets.first)), server(std::move(sockets.second)) {}

  Conduit client;
  Conduit server;
};

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i != size; ++i) text[i] = static_cast<char>(i * 31 % 251);
  return text;
}

TEST_CASE("messages of any size go to and fro") {
  Ends ends(GENERATE(true, false));
  std::thread server([&] {
    std::string message;
    while (ends.server.receive(message) == Got::frame) {
      ends.server.send("head of ", message);
    }
  });
  std::string answer;
  for (const std::size_t size :
       {1u, 100u, 16'000u, 16'248u, 16'256u, 16'257u, 20'000u, 1'000'000u, 7u, 5'000'000u, 3u}) {
    const std::string sent = text_of(size);
    REQUIRE(ends.client.send(sent));
    REQUIRE(ends.client.receive(answer) == Got::frame);
    CHECK((answer == "head of " + sent));
  }
  ::shutdown(ends.client.stream().fd(), SHUT_RDWR);
  server.join();
}

TEST_CASE("a side that sleeps is woken, however long it slept") {
  Ends ends(GENERATE(true, false));
  std::thread server([&] {
    std::string message;
    while (ends.server.receive(message) == Got::frame) ends.server.send(message);
  });
  std::string answer;
  for (int i = 0; i != 200; ++i) {
    // Longer than the other side looks before it sleeps, on every second round.
    const std::uint64_t until = ipc::monotonic_ns() + (i % 2 == 0 ? 0 : 2 * ipc::kYieldNs);
    while (ipc::monotonic_ns() < until) {
    }
    const std::string sent = text_of(i % 10 == 0 ? 50'000 : 10);
    REQUIRE(ends.client.send(sent));
    REQUIRE(ends.client.receive(answer) == Got::frame);
    CHECK((answer == sent));
  }
  ::shutdown(ends.client.stream().fd(), SHUT_RDWR);
  server.join();
}

TEST_CASE("the end of one side is the end of the other's wait") {
  Ends ends(GENERATE(true, false));
  std::thread waiting([&] {
    std::string message;
    CHECK(ends.server.receive(message) == Got::gone);
  });
  ::shutdown(ends.client.stream().fd(), SHUT_RDWR);
  waiting.join();
}

TEST_CASE("the last words of one who is gone are heard") {
  const bool with_mailbox = GENERATE(true, false);
  const std::size_t size = GENERATE(10u, 50'000u);
  Ends ends(with_mailbox);
  {
    Conduit gone = std::move(ends.client);
    REQUIRE(gone.send(text_of(size)));
  }
  std::string message;
  CHECK(ends.server.receive(message) == Got::frame);
  CHECK((message == text_of(size)));
  CHECK(ends.server.receive(message) != Got::frame);
}

TEST_CASE("whether an answer was read shows when the reader is gone") {
  const bool with_mailbox = GENERATE(true, false);
  const std::size_t size = GENERATE(10u, 50'000u);
  const bool reads = GENERATE(true, false);
  Ends ends(with_mailbox);
  std::string message;
  {
    Conduit reader = std::move(ends.client);
    REQUIRE(ends.server.send(text_of(size)));
    if (reads) REQUIRE(reader.receive(message) == Got::frame);
  }
  const Got end = ends.server.receive(message);
  CHECK(end != Got::frame);
  CHECK(ends.server.was_read(end) == reads);
}

TEST_CASE("a frame beyond the limit is no frame, and none comes after the deadline") {
  auto sockets = create_socket_pair(SOCK_STREAM).value();
  FrameStream writer(std::move(sockets.first));
  FrameStream reader(std::move(sockets.second));
  std::string frame;
  CHECK(reader.receive(frame, 10, ipc::monotonic_ns() + 1'000'000) == Got::late);
  REQUIRE(writer.send("0123456789"));
  CHECK(reader.receive(frame, 10) == Got::frame);
  CHECK(frame == "0123456789");
  REQUIRE(writer.send("0123456789", "x"));
  CHECK(reader.receive(frame, 10) == Got::broken);
}

TEST_CASE("a descriptor comes with its frame") {
  auto sockets = create_socket_pair(SOCK_STREAM).value();
  FrameStream writer(std::move(sockets.first));
  FrameStream reader(std::move(sockets.second));
  const PipeEnds pipe = create_pipe().value();
  REQUIRE(writer.send_with("here", pipe.write.get()));
  std::string frame;
  UniqueFd got;
  REQUIRE(reader.receive_with(frame, 10, got, ipc::monotonic_ns() + 60'000'000'000) == Got::frame);
  CHECK(frame == "here");
  REQUIRE(got);
  REQUIRE(write_all(got.get(), "x").has_value());
  char byte = 0;
  CHECK(::read(pipe.read.get(), &byte, 1) == 1);
  REQUIRE(writer.send_with("none", -1));
  got.reset();
  REQUIRE(reader.receive_with(frame, 10, got, ipc::monotonic_ns() + 60'000'000'000) == Got::frame);
  CHECK_FALSE(got);
}

}  // namespace
}  // namespace penstock::sync
