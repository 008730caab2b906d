#include "process/stderr_tail.hpp"

#include <vector>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Heard {
  std::vector<std::string> lines;
  StderrTail tail{[this](std::string_view line) { lines.emplace_back(line); }};
};

}  // namespace

TEST_CASE("lines are told as soon as they are complete, wherever the pieces are cut") {
  Heard heard;
  heard.tail.feed("fir");
  CHECK(heard.lines.empty());
  heard.tail.feed("st\nsecond\r\n\nthi");
  CHECK(heard.lines == std::vector<std::string>{"first", "second", ""});
  heard.tail.feed("rd");
  heard.tail.finish();
  heard.tail.finish();
  CHECK(heard.lines.back() == "third");
  CHECK(heard.tail.text() == "first\nsecond\n\nthird");
}

TEST_CASE("only the last lines are kept") {
  Heard heard;
  for (int i = 0; i < 100; ++i) heard.tail.feed("line " + std::to_string(i) + "\n");
  CHECK(heard.lines.size() == 100);
  REQUIRE(heard.tail.lines().size() == StderrTail::kMaxLines);
  CHECK(heard.tail.lines().front() == "line 80");
  CHECK(heard.tail.lines().back() == "line 99");
}

TEST_CASE("an endless line is cut and takes no more memory") {
  Heard heard;
  const std::string piece(100'000, 'x');
  for (int i = 0; i < 100; ++i) heard.tail.feed(piece);
  heard.tail.feed("\nafter\n");
  REQUIRE(heard.lines.size() == 2);
  CHECK(heard.lines[0] == std::string(StderrTail::kMaxLineBytes, 'x') + "…");
  CHECK(heard.lines[1] == "after");
}

TEST_CASE("long lines leave room for the last one at least") {
  Heard heard;
  for (int i = 0; i < 30; ++i) heard.tail.feed(std::string(900, 'a') + "\n");
  CHECK(heard.tail.text().size() <= StderrTail::kMaxBytes);
  heard.tail.feed(std::string(2000, 'b'));
  heard.tail.finish();
  CHECK(heard.tail.lines().back().ends_with("b…"));
}

TEST_CASE("what a terminal must not see is not passed on") {
  Heard heard;
  heard.tail.feed("\x1b[31mred\x07 \xff\xfe caf\xc3\xa9\n");
  REQUIRE(heard.lines.size() == 1);
  const std::string& line = heard.lines[0];
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find('\x07') == std::string::npos);
  CHECK(line.find('\xff') == std::string::npos);
  CHECK(line.find("[31mred") != std::string::npos);
  CHECK(line.ends_with("caf\xc3\xa9"));
}
