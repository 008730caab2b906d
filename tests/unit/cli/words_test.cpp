#include "cli/words.hpp"

#include "catch.hpp"

using namespace penstock;
using Split = std::optional<std::vector<std::string>>;

TEST_CASE("words are split at spaces") {
  CHECK(split_words("gdb --args") == Split({"gdb", "--args"}));
  CHECK(split_words("  a \t b\n") == Split({"a", "b"}));
  CHECK(split_words("") == Split(std::vector<std::string>{}));
}

TEST_CASE("quotes keep spaces, and may stand within a word") {
  CHECK(split_words("'a b' \"c d\"") == Split({"a b", "c d"}));
  CHECK(split_words("--log='a b'.txt") == Split({"--log=a b.txt"}));
  CHECK(split_words("'' x \"\"") == Split({"", "x", ""}));
  CHECK(split_words("'a\"b' \"a'b\"") == Split({"a\"b", "a'b"}));
}

TEST_CASE("a backslash keeps the next character as it is") {
  CHECK(split_words("a\\ b \\'c \\\\") == Split({"a b", "'c", "\\"}));
  CHECK(split_words("\"a\\\"b\\n\"") == Split({"a\"b\\n"}));
  CHECK(split_words("'a\\'") == Split({"a\\"}));
}

TEST_CASE("nothing else has a meaning") {
  CHECK(split_words("$HOME *.c ~ `x` a;b|c #d") ==
        Split({"$HOME", "*.c", "~", "`x`", "a;b|c", "#d"}));
}

TEST_CASE("a quote or backslash with nothing behind it is no command") {
  CHECK_FALSE(split_words("a 'b"));
  CHECK_FALSE(split_words("\"b"));
  CHECK_FALSE(split_words("b\\"));
}
