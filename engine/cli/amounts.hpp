// Numbers as they stand in a sentence, the same in every locale. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

// "1 stage", "3 stages".
std::string counted(std::uint64_t count, const std::string& what);

// With so many digits behind the point, without the unit.
std::string seconds_text(double seconds, int digits);

}  // namespace penstock
