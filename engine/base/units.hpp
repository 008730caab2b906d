// Numbers as people write them, and back: durations (`250ms`, `1.5s`), sizes (`64MiB`), rates
// (`50/s`), counts, switches. The unit stands with the number. Pure functions, any thread. What
// cannot be read is an Error whose text is the end of a sentence about it: "has no unit: write
// 250ms or 250s".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace penstock {

// ns, us, ms, s, min, h; `0` needs none. Never negative.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

// Bytes, or with KiB, MiB, GiB, TiB.
Result<std::uint64_t> parse_size(std::string_view text);

// A whole number without a sign. `010` is refused: some would read it as eight.
Result<std::uint64_t> parse_count(std::string_view text);

// The same with a sign.
Result<std::int64_t> parse_integer(std::string_view text);

// A finite number, `1.5` or `2e-3`.
Result<double> parse_real(std::string_view text);

// Something a second, of `50/s`, `10/min` or `0.5/h`; more than 0.
Result<double> parse_rate(std::string_view text);

// true, yes, on or false, no, off.
Result<bool> parse_switch(std::string_view text);

// The shortest text that is read back as exactly this value.
std::string duration_text(std::chrono::nanoseconds duration);
std::string size_text(std::uint64_t bytes);
std::string real_text(double number);

}  // namespace penstock
