#include "process/pipe_reader.hpp"

#include <memory>
#include <string>

#include "loop_until.hpp"

using namespace penstock;

TEST_CASE("a pipe reader gives what is written, and then the end") {
  boost::asio::io_context loop;
  auto pipe = create_pipe().value();
  std::string text;
  bool ended = false;
  const PipeReader reader(
      loop, std::move(pipe.read), [&](std::string_view bytes) { text += bytes; },
      [&] { ended = true; });
  write_all(pipe.write.get(), "one").value();
  loop_until(loop, [&] { return text == "one"; });
  CHECK_FALSE(ended);
  write_all(pipe.write.get(), "two").value();
  pipe.write.reset();
  loop_until(loop, [&] { return ended; });
  CHECK(text == "onetwo");
}

TEST_CASE("draining gives what stands in a pipe that somebody else holds open") {
  boost::asio::io_context loop;
  auto pipe = create_pipe().value();
  std::string text;
  PipeReader reader(loop, std::move(pipe.read), [&](std::string_view bytes) { text += bytes; });
  write_all(pipe.write.get(), "last words").value();
  reader.drain();
  CHECK(text == "last words");
  reader.drain();
  CHECK(text == "last words");
}

TEST_CASE("a pipe reader may be destroyed in its own callbacks") {
  boost::asio::io_context loop;
  for (const bool at_end : {false, true}) {
    auto pipe = create_pipe().value();
    std::unique_ptr<PipeReader> reader;
    bool called = false;
    const auto destroy = [&] {
      called = true;
      reader.reset();
    };
    reader = std::make_unique<PipeReader>(
        loop, std::move(pipe.read), [&](std::string_view) { at_end ? void() : destroy(); },
        [&] { destroy(); });
    write_all(pipe.write.get(), "x").value();
    if (at_end) pipe.write.reset();
    loop_until(loop, [&] { return called; });
    loop.restart();
    loop.poll();
    CHECK(reader == nullptr);
  }
}
