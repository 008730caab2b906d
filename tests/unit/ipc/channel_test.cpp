#include "ipc/channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "catch.hpp"

namespace penstock::ipc {
namespace {

struct Ends {
  Ends() : Ends(create_channel().value()) {}
  explicit Ends(std::pair<UniqueFd, UniqueFd> made)
      : writer(std::move(made.first)), reader(std::move(made.second)) {}

  // Sends on whatever waits, for as long as the other side reads.
  void flush_all() {
    while (writer.pending()) {
      REQUIRE(writer.flush().has_value());
      std::this_thread::yield();
    }
  }

  ChannelWriter writer;
  ChannelReader reader;
};

Letter letter(std::uint32_t kind, std::string body) {
  Letter made;
  made.kind = kind;
  made.body = std::move(body);
  return made;
}

bool same_file(int a, int b) {
  struct stat one {};
  struct stat other {};
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_ino == other.st_ino &&
         one.st_dev == other.st_dev;
}

TEST_CASE("letters arrive whole and in order, empty ones too") {
  Ends ends;
  REQUIRE(ends.writer.send(letter(1, "one")).has_value());
  REQUIRE(ends.writer.send(letter(2, "")).has_value());
  REQUIRE(ends.writer.send(letter(3, std::string("\0\0", 2))).has_value());
  for (const auto& [kind, body] : {std::pair(1u, std::string("one")), std::pair(2u, std::string()),
                                   std::pair(3u, std::string("\0\0", 2))}) {
    const auto got = ends.reader.receive();
    REQUIRE(got.has_value());
    CHECK(got->kind == kind);
    CHECK(got->body == body);
    CHECK(got->fds.empty());
  }
}

TEST_CASE("descriptors come with their letter, and close on exec") {
  Ends ends;
  const PipeEnds pipe = create_pipe().value();
  for (int count : {0, 1, 5}) {
    Letter sent = letter(static_cast<std::uint32_t>(count), "with");
    for (int i = 0; i < count; ++i) sent.fds.push_back(duplicate(pipe.read.get()).value());
    REQUIRE(ends.writer.send(std::move(sent)).has_value());
  }
  for (std::size_t count : {0u, 1u, 5u}) {
    const auto got = ends.reader.receive();
    REQUIRE(got.has_value());
    REQUIRE(got->fds.size() == count);
    for (const UniqueFd& fd : got->fds) {
      CHECK(same_file(fd.get(), pipe.read.get()));
      CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    }
  }
}

TEST_CASE("a letter larger than the socket holds waits, and the writer does not") {
  Ends ends;
  std::string large(8u << 20, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 % 251);
  const PipeEnds pipe = create_pipe().value();
  Letter sent = letter(1, large);
  sent.fds.push_back(duplicate(pipe.write.get()).value());
  REQUIRE(ends.writer.send(std::move(sent)).has_value());
  CHECK(ends.writer.pending());
  REQUIRE(ends.writer.send(letter(2, "behind it")).has_value());
  std::thread flusher([&] { ends.flush_all(); });
  const auto got = ends.reader.receive();
  const auto next = ends.reader.receive();
  flusher.join();
  REQUIRE(got.has_value());
  CHECK(got->body == large);
  REQUIRE(got->fds.size() == 1);
  CHECK(same_file(got->fds[0].get(), pipe.write.get()));
  REQUIRE(next.has_value());
  CHECK(next->body == "behind it");
}

TEST_CASE("a letter that arrives byte by byte is put together") {
  auto made = create_channel().value();
  ChannelReader reader(std::move(made.second));
  const std::uint32_t header[4] = {9, 3, 0, 0};
  std::string bytes(reinterpret_cast<const char*>(header), sizeof header);
  bytes += "abc";
  std::thread writer([&] {
    for (const char byte : bytes) REQUIRE(::write(made.first.get(), &byte, 1) == 1);
  });
  const auto got = reader.receive();
  writer.join();
  REQUIRE(got.has_value());
  CHECK(got->kind == 9);
  CHECK(got->body == "abc");
}

TEST_CASE("a letter without form is refused") {
  auto made = create_channel().value();
  ChannelReader reader(std::move(made.second));
  const auto [size, fds] = GENERATE(std::pair(0xffffffffu, 0u), std::pair(1u, 1u));
  const std::uint32_t header[4] = {1, size, fds, 0};
  REQUIRE(::write(made.first.get(), header, sizeof header) == sizeof header);
  const auto got = reader.receive();
  REQUIRE(got.has_error());
  CHECK(std::string(got.error().what()) == "channel: a letter without form");
}

TEST_CASE("the end of the writer is an error of the reader, in the midst of a letter too") {
  auto made = create_channel().value();
  ChannelReader reader(std::move(made.second));
  if (GENERATE(false, true)) {
    const std::uint32_t header[4] = {1, 10, 0, 0};
    REQUIRE(::write(made.first.get(), header, sizeof header) == sizeof header);
  }
  made.first.reset();
  const auto got = reader.receive();
  REQUIRE(got.has_error());
  CHECK(std::string(got.error().what()) == "channel: the other side is gone");
}

TEST_CASE("when the reader is gone, sending fails and nothing waits any more") {
  auto made = create_channel().value();
  ChannelWriter writer(std::move(made.first));
  REQUIRE(writer.send(letter(1, std::string(8u << 20, 'x'))).has_value());
  CHECK(writer.pending());
  made.second.reset();
  CHECK(writer.flush().has_error());
  CHECK_FALSE(writer.pending());
  CHECK(writer.send(letter(2, "late")).has_error());
  CHECK_FALSE(writer.pending());
}

}  // namespace
}  // namespace penstock::ipc
