#include "base/suggest.hpp"

#include "catch.hpp"

using namespace penstock;

TEST_CASE("edits are counted, a swap of neighbours as one") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("stage", "stage") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("stage", "stages") == 1);
  CHECK(edit_distance("form", "from") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest known word is found") {
  const std::vector<std::string> known{"task", "from", "with", "timeout", "max_output", "crashed"};
  CHECK(nearest("form", known) == "from");
  CHECK(nearest("tiemout", known) == "timeout");
  CHECK(nearest("max-output", known) == "max_output");
  CHECK(nearest("MaxOutput", known) == "max_output");
  CHECK(nearest("crash", known) == "crashed");
  CHECK(did_you_mean("taks", known) == "did you mean `task`?");
}

TEST_CASE("what is not near is not suggested") {
  const std::vector<std::string> known{"task", "from", "a"};
  CHECK_FALSE(nearest("", known));
  CHECK_FALSE(nearest("task", known));
  CHECK_FALSE(nearest("retry", known));
  CHECK_FALSE(nearest("b", known));
  CHECK_FALSE(nearest(std::string(100'000, 't'), known));
  CHECK(did_you_mean("zebra", known).empty());
}
