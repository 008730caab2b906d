#include "observe/columns.hpp"

#include "catch.hpp"

using namespace penstock;

TEST_CASE("characters take one column, wide ones two, marks none") {
  CHECK(column_count("") == 0);
  CHECK(column_count("plain") == 5);
  CHECK(column_count("caf\xc3\xa9") == 4);
  CHECK(column_count("数え") == 4);
  CHECK(column_count("e\xcc\x81") == 1);
  CHECK(column_count("🙂") == 2);
  CHECK(column_count("━╸") == 2);
}

TEST_CASE("a text is cut to the columns that there are") {
  CHECK(cut_to_columns("abcd", 4) == "abcd");
  CHECK(cut_to_columns("abcde", 4) == "abc~");
  CHECK(cut_to_columns("数え上げ", 8) == "数え上げ");
  CHECK(cut_to_columns("数え上げ", 7) == "数え上~");
  CHECK(cut_to_columns("数え上げ", 6) == "数え~");
  CHECK(cut_to_columns("abc", 1) == "~");
  CHECK(cut_to_columns("abc", 0).empty());
}

TEST_CASE("padding fills up to the columns, and cuts what is too long") {
  CHECK(padded_right("数", 4) == "数  ");
  CHECK(padded_left("数", 4) == "  数");
  CHECK(padded_right("数え上", 4) == "数~ ");
  CHECK(padded_left("12345", 3) == "12~");
}

TEST_CASE("of words those are kept that fit as a whole") {
  CHECK(whole_words("one two three", 13) == "one two three");
  CHECK(whole_words("one two three", 12) == "one two");
  CHECK(whole_words("one two three", 7) == "one two");
  CHECK(whole_words("one two three", 6) == "one");
  CHECK(whole_words("one two three", 2) == "o~");
  CHECK(whole_words("one", 2) == "o~");
}
