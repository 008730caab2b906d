#include "observe/numbers.hpp"

#include "catch.hpp"

using namespace penstock;

TEST_CASE("a count is exact as long as it fits") {
  CHECK(count_text(0) == "0");
  CHECK(count_text(9'999'999) == "9999999");
  CHECK(count_text(10'000'000) == "10.0M");
  CHECK(count_text(123'456'789) == "123M");
  CHECK(count_text(4'567'000'000) == "4.56G");
  CHECK(count_text(UINT64_MAX).size() <= 8);
}

TEST_CASE("a short count never says more than there is") {
  CHECK(count_text(999'999'999) == "999M");
  CHECK(count_text(1'999'999'999) == "1.99G");
}

TEST_CASE("a rate has the digits that matter") {
  CHECK(rate_text(0) == "-");
  CHECK(rate_text(0.01) == "-");
  CHECK(rate_text(0.37) == "0.4/s");
  CHECK(rate_text(9.96) == "10/s");
  CHECK(rate_text(999.7) == "999/s");
  CHECK(rate_text(1234) == "1.23k/s");
  CHECK(rate_text(3.4e6) == "3.40M/s");
}

TEST_CASE("a time is said in the units that people use") {
  CHECK(time_text(0) == "0.0s");
  CHECK(time_text(4.21) == "4.2s");
  CHECK(time_text(37.9) == "37s");
  CHECK(time_text(252) == "4min12s");
  CHECK(time_text(3600 * 3 + 60 * 7 + 1) == "3h07min");
  CHECK(time_text(-1) == "0s");
}
