#include "process/frame.hpp"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catch.hpp"

using namespace penstock;

namespace {

UniqueFd file_with(const std::string& text) {
  UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
  write_all(file.get(), text).value();
  return file;
}

std::string content(const UniqueFd& file) {
  char text[64] = {};
  const auto size = ::pread(file.get(), text, sizeof text, 0);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

TEST_CASE("frames arrive whole, in order, each with its own descriptors") {
  auto sockets = create_socket_pair(SOCK_STREAM).value();
  FrameWriter writer;
  FrameReader reader;
  const std::string large(3 << 20, 'y');  // far more than the socket takes
  for (int i = 0; i < 8; ++i) {
    Frame frame{FrameKind::launch, i % 2 == 0 ? large : std::to_string(i), {}};
    for (int k = 0; k < i; ++k) frame.fds.push_back(file_with(std::to_string(10 * i + k)));
    writer.push(std::move(frame));
  }
  for (int i = 0; i < 8; ++i) {
    std::optional<Frame> frame;
    while (!frame) {
      writer.flush(sockets.first.get()).value();
      frame = reader.next(sockets.second.get()).value();
    }
    CHECK(frame->kind == FrameKind::launch);
    CHECK(frame->body == (i % 2 == 0 ? large : std::to_string(i)));
    REQUIRE(frame->fds.size() == static_cast<std::size_t>(i));
    for (int k = 0; k < i; ++k) CHECK(content(frame->fds[k]) == std::to_string(10 * i + k));
  }
  CHECK_FALSE(writer.pending());
  CHECK_FALSE(reader.next(sockets.second.get()).value().has_value());
}

TEST_CASE("a side that is gone or says nonsense is an error") {
  auto sockets = create_socket_pair(SOCK_STREAM).value();
  FrameReader reader;
  SECTION("gone") {
    sockets.first.reset();
  }
  SECTION("gone in the middle") {
    write_all(sockets.first.get(), std::string(6, '\0')).value();
    sockets.first.reset();
    CHECK(reader.next(sockets.second.get()).has_error());
    return;
  }
  SECTION("nonsense") {
    write_all(sockets.first.get(), std::string(64, '\xff')).value();
  }
  CHECK(reader.next(sockets.second.get()).has_error());
}

TEST_CASE("writing to a side that is gone is an error and no signal") {
  auto sockets = create_socket_pair(SOCK_STREAM).value();
  sockets.second.reset();
  FrameWriter writer;
  writer.push({FrameKind::kill, "x", {}});
  CHECK(writer.flush(sockets.first.get()).has_error());
}
