#include "base/units.hpp"

#include <limits>

#include "catch.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string reason(const Result<T>& result) {
  return result ? "was read" : result.error().what();
}

}  // namespace

TEST_CASE("durations are read") {
  CHECK(parse_duration("0").value() == 0ns);
  CHECK(parse_duration("15ns").value() == 15ns);
  CHECK(parse_duration("7us").value() == 7us);
  CHECK(parse_duration("250ms").value() == 250ms);
  CHECK(parse_duration("1.5s").value() == 1500ms);
  CHECK(parse_duration("2min").value() == 2min);
  CHECK(parse_duration("1h").value() == 1h);
  CHECK(parse_duration("0.000000001s").value() == 1ns);
}

TEST_CASE("durations that cannot be read say why") {
  CHECK(reason(parse_duration("250")) == "has no unit: write 250ms or 250s");
  CHECK(reason(parse_duration("5m")) ==
        "has the unit `m`, not one of ns, us, ms, s, min or h: write 5min");
  CHECK(reason(parse_duration("5 s")) ==
        "has a space in it: the unit stands with the number, such as 5s");
  CHECK(reason(parse_duration("3 days")) ==
        "has a space in it: the unit stands with the number, such as 3days");
  CHECK(reason(parse_duration("-1s")) == "is negative");
  CHECK(reason(parse_duration("soon")) ==
        "is no duration: write a number and its unit, such as 250ms");
  CHECK(reason(parse_duration("")) == "is no duration: write a number and its unit, such as 250ms");
  CHECK(reason(parse_duration("3fortnights")) ==
        "has the unknown unit `fortnights`: it is one of ns, us, ms, s, min or h");
  CHECK(reason(parse_duration("010s")) == "looks octal: some read 010 as base eight; write 10");
  CHECK(reason(parse_duration("0.5ns")) == "is finer than a duration can be");
  CHECK(reason(parse_duration("9999999h")) == "is too large for a duration");
  CHECK(reason(parse_duration("1.s")) == "needs one to nine digits after its point");
  CHECK(reason(parse_duration("1.2.3s")) == "needs one to nine digits after its point");
}

TEST_CASE("sizes are read") {
  CHECK(parse_size("0").value() == 0);
  CHECK(parse_size("100").value() == 100);
  CHECK(parse_size("64KiB").value() == 64u << 10);
  CHECK(parse_size("1.5MiB").value() == 3u << 19);
  CHECK(parse_size("2GiB").value() == 2ull << 30);
  CHECK(parse_size("1TiB").value() == 1ull << 40);
}

TEST_CASE("sizes that cannot be read say why") {
  CHECK(reason(parse_size("64MB")) ==
        "has the unit `MB`, not one of KiB, MiB, GiB or TiB, or none for bytes: write 64MiB");
  CHECK(reason(parse_size("5b")) ==
        "has the unit `b`, not one of KiB, MiB, GiB or TiB, or none for bytes: write 5");
  CHECK(reason(parse_size("0.3KiB")) == "is finer than a size can be");
  CHECK(reason(parse_size("99999999TiB")) == "is too large for a size");
  CHECK(reason(parse_size("99999999999999999999")) == "is too large for a size");
}

TEST_CASE("whole numbers are read, octal-looking ones are not") {
  CHECK(parse_count("0").value() == 0);
  CHECK(parse_count("18446744073709551615").value() == std::numeric_limits<std::uint64_t>::max());
  CHECK(reason(parse_count("010")) == "looks octal: some read 010 as base eight; write 10");
  CHECK(reason(parse_count("00")) == "looks octal: some read 00 as base eight; write 0");
  CHECK(reason(parse_count("-3")) == "is negative");
  CHECK(reason(parse_count("1.0")) == "is no whole number");
  CHECK(reason(parse_count("1_000")) == "is no whole number");
  CHECK(reason(parse_count("")) == "is no whole number");
  CHECK(reason(parse_count("18446744073709551616")) == "is too large for a whole number");
  CHECK(parse_integer("-42").value() == -42);
  CHECK(parse_integer("-9223372036854775808").value() == std::numeric_limits<std::int64_t>::min());
  CHECK(reason(parse_integer("-")) == "is no whole number");
  CHECK(reason(parse_integer("-010")) == "looks octal: some read 010 as base eight; write 10");
}

TEST_CASE("numbers and switches are read") {
  CHECK(parse_real("-2.5e3").value() == -2500);
  CHECK(parse_real("0.5").value() == 0.5);
  CHECK(reason(parse_real("half")) == "is no number");
  CHECK(reason(parse_real("nan")) == "is no number");
  CHECK(reason(parse_real("1e999")) == "is out of a number's range");
  CHECK(reason(parse_real("007.5")) == "looks octal: some read 007 as base eight; write 7");
  CHECK(parse_switch("on").value());
  CHECK(parse_switch("yes").value());
  CHECK_FALSE(parse_switch("false").value());
  CHECK(reason(parse_switch("1")) == "is neither true nor false");
}

TEST_CASE("rates are read, and those without a unit say so") {
  CHECK(parse_rate("50/s").value() == 50);
  CHECK(parse_rate("30/min").value() == 0.5);
  CHECK(parse_rate("1800/h").value() == 0.5);
  CHECK(parse_rate("0.5/s").value() == 0.5);
  CHECK(reason(parse_rate("50")) == "has no unit: write 50/s, 50/min or 50/h");
  CHECK(reason(parse_rate("0/s")) == "is no rate: it has to be more than 0");
  CHECK(reason(parse_rate("-1/s")) == "is no rate: it has to be more than 0");
  const std::string none = "is no rate: write a number and a unit of time, such as 50/s or 10/min";
  for (const char* text : {"", "/s", "fast", "s/50", "1e999/s", "50 /s"}) {
    CHECK(reason(parse_rate(text)) == none);
  }
  CHECK(reason(parse_rate("50/m")) == "has the unit `m`, not one of s, min or h: write 50/min");
  CHECK(reason(parse_rate("50/hours")) ==
        "has the unit `hours`, not one of s, min or h: write 50/h");
  CHECK(reason(parse_rate("50/ms")) == "has the unknown unit `ms`: it is one of s, min or h");
  CHECK(reason(parse_rate("50/msec")) == "has the unknown unit `msec`: it is one of s, min or h");
  CHECK(reason(parse_rate("50/")) == "has the unknown unit ``: it is one of s, min or h");
}

TEST_CASE("what is printed is read back as the same") {
  for (const auto duration : {0ns, 1ns, 999ns, 1000ns, 1500us + 0ns, 90s + 0ns, 25h + 0ns,
                              std::chrono::nanoseconds::max()}) {
    CHECK(parse_duration(duration_text(duration)).value() == duration);
  }
  for (const std::uint64_t size :
       {0ull, 1ull, 1023ull, 1024ull, 1536ull, 64ull << 20, 3ull << 40}) {
    CHECK(parse_size(size_text(size)).value() == size);
  }
  for (const double number : {0.0, 0.1, -1.0 / 3, 1e300}) {
    CHECK(parse_real(real_text(number)).value() == number);
  }
  CHECK(duration_text(250ms) == "250ms");
  CHECK(duration_text(2min) == "2min");
  CHECK(size_text(64u << 20) == "64MiB");
  CHECK(size_text(1536) == "1536");
}
