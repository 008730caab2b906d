#include "state/dead_letters.hpp"

#include <sys/stat.h>

#include <boost/json.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

DeadLetter sample() {
  DeadLetter letter;
  letter.item = "chunks:17/counts:0";
  letter.stage = "counts";
  letter.task = "text.count_words";
  letter.plugin = "text 1.0.0";
  letter.build = "abc123";
  letter.payload = "\"some text\"";
  letter.attempts.push_back({"killed by SIGSEGV",
                             11,
                             0,
                             "",
                             {"poke() at a.cpp:3", "main"},
                             "last words",
                             "worker-1",
                             0.5});
  letter.attempts.push_back({"failed", 0, 0, "no", {}, "", "worker-2", 0.25});
  return letter;
}

TEST_CASE("a dead letter is one line of JSON with all its causes") {
  CHECK(to_json(sample()) ==
        R"({"item":"chunks:17/counts:0","stage":"counts","task":"text.count_words",)"
        R"("plugin":"text 1.0.0","build":"abc123","attempts":[)"
        R"({"cause":"killed by SIGSEGV","signal":11,"exit":0,"message":"",)"
        R"("stack":["poke() at a.cpp:3","main"],"stderr":"last words","worker":"worker-1",)"
        R"("seconds":5E-1},)"
        R"({"cause":"failed","signal":0,"exit":0,"message":"no","stack":[],"stderr":"",)"
        R"("worker":"worker-2","seconds":2.5E-1}],"payload":"some text"})");
}

TEST_CASE("a letter without a payload says so") {
  DeadLetter letter = sample();
  letter.payload.clear();
  CHECK(boost::json::parse(to_json(letter)).at("payload").is_null());
}

TEST_CASE("whatever stands in the texts, the letter is one line of JSON") {
  DeadLetter letter = sample();
  const std::string text = "a\nb\"c\\d\x01\x1b é\u2028";
  letter.attempts[0].message = text;
  const std::string line = to_json(letter);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(boost::json::parse(line).at("attempts").at(0).at("message").as_string() == text);
}

TEST_CASE("letters stand in the folder in order; those of the run before are replaced") {
  const TemporaryFolder temporary;
  for (int run = 0; run < 2; ++run) {
    auto letters = DeadLetters::create(temporary.path()).value();
    CHECK(letters.path() == temporary.path() / "dead.jsonl");
    DeadLetter letter = sample();
    REQUIRE(letters.write(letter).has_value());
    letter.item = "chunks:18";
    REQUIRE(letters.write(letter).has_value());
    letter.item = "chunks:17/counts:0";
    const std::string first = to_json(letter) + "\n";
    letter.item = "chunks:18";
    CHECK(content_of(letters.path()) == first + to_json(letter) + "\n");
  }
  struct stat status {};
  REQUIRE(::stat((temporary.path() / "dead.jsonl").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("without a folder nothing is kept, and nothing fails") {
  DeadLetters none;
  CHECK(none.write(sample()).has_value());
}

TEST_CASE("a folder that cannot be written is refused, a full disk is a lack") {
  const auto refused = DeadLetters::create("/proc/nowhere");
  REQUIRE(refused.has_error());
  CHECK(refused.error().status() == Status::refused);

  const TemporaryFolder temporary;
  std::filesystem::create_symlink("/dev/full", temporary.path() / "dead.jsonl");
  auto letters = DeadLetters::create(temporary.path()).value();
  const auto written = letters.write(sample());
  REQUIRE(written.has_error());
  CHECK(written.error().status() == Status::lack);
  CHECK(std::string(written.error().what()).find("a dead letter could not be written") !=
        std::string::npos);
}

}  // namespace
}  // namespace penstock
