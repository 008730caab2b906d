#include "state/dead_letter.hpp"

#include <boost/json.hpp>

#include "catch.hpp"
#include "state/letter_row.hpp"

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
  letter.path = "chunks:17/counts:0";
  letter.type = "bytes";
  letter.input = "left";
  letter.content = std::string("so\0me\xff", 6);
  letter.key = std::string("\0k", 2);
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

TEST_CASE("a letter is the same when it comes back from its row") {
  DeadLetter letter = sample();
  letter.attempts[0].message = "a\nb\"c\\d\x01 é";
  letter.attempts[0].seconds = 1.0 / 3;
  letter.attempts[1].signal = -7;
  letter.attempts[1].seconds = 0;
  const auto again = letter_of(row_of(letter));
  REQUIRE(again.has_value());
  CHECK(to_json(*again) == to_json(letter));
  CHECK(again->attempts[0].seconds == letter.attempts[0].seconds);
  CHECK(again->path == letter.path);
  CHECK(again->type == letter.type);
  CHECK(again->input == letter.input);
  CHECK(again->content == letter.content);
  CHECK(again->key == letter.key);

  letter.payload.clear();
  letter.attempts.clear();
  CHECK(to_json(letter_of(row_of(letter)).value()) == to_json(letter));
}

TEST_CASE("a row that holds no letter is refused") {
  const auto refused = [](const Row& row) {
    const auto letter = letter_of(row);
    return letter.has_error() && letter.error().status() == Status::refused &&
           std::string(letter.error().what()).find("a dead letter: ") == 0;
  };
  const Row good = row_of(sample());
  CHECK(refused({}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    Row row = good;
    row[i] = std::int64_t{1};
    CHECK(refused(row));
    const auto* text = std::get_if<std::string>(&good[i]);
    row[i] = text != nullptr ? Cell(Blob{*text}) : Cell(std::get<Blob>(good[i]).bytes);
    CHECK(refused(row));
    CHECK(refused(Row(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i))));
  }
  const std::string whole = std::get<std::string>(good[5]);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    Row row = good;
    row[5] = whole.substr(0, length);
    CHECK(refused(row));
  }
  for (const char* attempts :
       {"null", "{}", "1", "[1]", "[{}]", "[[]]", R"([{"cause":1}])",
        R"([{"cause":"","signal":1e99,"exit":0,"message":"","stack":[],"stderr":"","worker":"",)"
        R"("seconds":0}])",
        R"([{"cause":"","signal":0,"exit":0,"message":"","stack":{},"stderr":"","worker":"",)"
        R"("seconds":0}])",
        R"([{"cause":"","signal":0,"exit":0,"message":"","stack":[1],"stderr":"","worker":"",)"
        R"("seconds":0}])",
        R"([{"cause":"","signal":0,"exit":0,"message":"","stack":[],"stderr":"","worker":"",)"
        R"("seconds":"0"}])"}) {
    CAPTURE(attempts);
    Row row = good;
    row[5] = std::string(attempts);
    CHECK(refused(row));
  }
  Row deep = good;
  deep[5] = std::string(100'000, '[');
  CHECK(refused(deep));
}

}  // namespace
}  // namespace penstock
