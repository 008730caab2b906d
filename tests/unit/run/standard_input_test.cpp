#include "run/standard_input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <thread>

#include "catch.hpp"

namespace penstock {
namespace {

// A pipe in the place of the standard input, until the end of the test.
struct Piped {
  Piped() {
    PipeEnds pipe = create_pipe().value();
    writer = std::move(pipe.write);
    REQUIRE(::dup2(pipe.read.get(), STDIN_FILENO) == STDIN_FILENO);
  }
  ~Piped() { ::dup2(before.get(), STDIN_FILENO); }

  UniqueFd before = duplicate(STDIN_FILENO).value();
  UniqueFd writer;
};

struct Fixture {
  std::string text_of(const StandardInput::Piece& piece) {
    return {reinterpret_cast<const char*>(input->data(piece)), piece.size};
  }
  // Takes pieces and forgets them, up to the end.
  std::string read_all() {
    std::string all;
    while (!input->at_end() || !input->pieces().empty()) {
      loop.restart();
      if (input->pieces().empty()) {
        REQUIRE(loop.run_one_for(std::chrono::seconds(10)) > 0);
        continue;
      }
      const StandardInput::Piece piece = input->pieces().front();
      CHECK(piece.position == all.size());
      all += text_of(piece);
      input->forget_before(all.size());
    }
    return all;
  }

  boost::asio::io_context loop{1};
  ExtentTable extents{1u << 30};
  EngineMemory memory{extents};
  std::optional<StandardInput> input{std::in_place, loop, extents, memory};
};

TEST_CASE("the standard input comes whole, in pieces that end where a line ends") {
  Piped stdin_pipe;
  Fixture f;
  std::string sent;
  for (int i = 0; sent.size() < 3 * StandardInput::kPieceBytes; ++i) {
    sent += std::string(static_cast<std::size_t>(i * 7919 % 3000), 'a' + i % 26) + "\n";
  }
  sent += "no end of line";
  bool written = false;
  std::thread writer([&] {
    written = write_all(stdin_pipe.writer.get(), sent).has_value();
    stdin_pipe.writer.reset();
  });
  REQUIRE(f.input->open(3));
  CHECK(f.input->used_by(3));
  CHECK_FALSE(f.input->open(4));  // somebody else's
  CHECK(f.input->open(3));
  const std::string all = f.read_all();
  writer.join();
  CHECK(written);
  CHECK(all == sent);
  CHECK(f.input->problem().empty());
  CHECK(f.input->position() == sent.size());
}

TEST_CASE("a line longer than a piece stays whole") {
  Piped stdin_pipe;
  Fixture f;
  const std::string sent = std::string(5 * StandardInput::kPieceBytes, 'x') + "\nnext\n";
  bool written = false;
  std::thread writer([&] {
    written = write_all(stdin_pipe.writer.get(), sent).has_value();
    stdin_pipe.writer.reset();
  });
  f.input->open(0);
  const std::string all = f.read_all();
  writer.join();
  CHECK(written);
  CHECK(all == sent);
}

TEST_CASE("pieces are found by their number as long as they are kept") {
  Piped stdin_pipe;
  Fixture f;
  f.input->open(0);
  for (const char* line : {"one\n", "two\n", "three\n"}) {
    REQUIRE(write_all(stdin_pipe.writer.get(), line).has_value());
    const std::size_t before = f.input->pieces().size();
    while (f.input->pieces().size() == before) {
      f.loop.restart();
      REQUIRE(f.loop.run_one_for(std::chrono::seconds(10)) > 0);
    }
  }
  REQUIRE(f.input->find(1) != nullptr);
  CHECK(f.text_of(*f.input->find(1)) == "two\n");
  CHECK(f.input->find(3) == nullptr);
  f.input->forget_before(5);  // in the midst of the second
  CHECK(f.input->find(0) == nullptr);
  CHECK(f.input->find(1) != nullptr);
  f.input->forget_before(UINT64_MAX);
  CHECK(f.input->pieces().empty());
  CHECK(f.input->find(2) == nullptr);
}

TEST_CASE("nothing of it comes after its end, from a pipe or from what never lets wait") {
  Fixture f;
  std::optional<Piped> stdin_pipe(std::in_place);
  if (GENERATE(false, true)) {
    REQUIRE(write_all(stdin_pipe->writer.get(), "text\n").has_value());
  } else {
    const UniqueFd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    REQUIRE(::dup2(zero.get(), STDIN_FILENO) == STDIN_FILENO);
  }
  f.input->open(0);
  f.input.reset();
  f.loop.restart();
  f.loop.poll();
  CHECK(f.extents.granted() == 0);
}

}  // namespace
}  // namespace penstock
