#include "base/utf8.hpp"

#include "catch.hpp"

using namespace penstock;

TEST_CASE("well-formed UTF-8 is told from all else") {
  const std::string good = "aé€\U0001F600";
  CHECK(valid_utf8(good) == good.size());
  CHECK(valid_utf8("ab\xff") == 2);
  CHECK(valid_utf8("\x80") == 0);              // continues nothing
  CHECK(valid_utf8("a\xc3") == 1);             // cut short
  CHECK(valid_utf8("\xc0\xaf") == 0);          // longer than needed
  CHECK(valid_utf8("\xe0\x80\x80") == 0);      // likewise
  CHECK(valid_utf8("\xed\xa0\x80") == 0);      // a surrogate
  CHECK(valid_utf8("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
}

TEST_CASE("characters are counted and found") {
  const std::string text = "aé€b";
  CHECK(character_count(text) == 4);
  CHECK(character_offset(text, 0) == 0);
  CHECK(character_offset(text, 2) == 3);
  CHECK(character_offset(text, 3) == 6);
  CHECK(character_offset(text, 9) == text.size());
}

TEST_CASE("a text is made well-formed without a loss of what can be read") {
  CHECK(well_formed("a\n\"é€") == "a\n\"é€");
  CHECK(well_formed("") == "");
  CHECK(well_formed("a\xff\xc3(\xed\xa0\x80 \xe2\x82") ==
        "a\ufffd\ufffd(\ufffd\ufffd\ufffd \ufffd\ufffd");
}

TEST_CASE("what is shown does nothing to a terminal and keeps its width") {
  CHECK(printable("a\tb\x1b[31m") == "a b?[31m");
  CHECK(printable("\xc2\x9b") == "?");
  CHECK(printable("\xff"
                  "é") == "?é");
}
