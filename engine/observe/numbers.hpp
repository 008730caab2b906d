// Numbers as a progress display shows them: exact where they fit, else with a letter. Pure
// functions, any thread; the same text in every locale.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

// At most 8 characters: 1234567, 12.3M, 4.56G.
std::string count_text(std::uint64_t count);

// Items per second, at most 8 characters: 0.4/s, 37/s, 1.2k/s, 3.4M/s; a dash for none at all.
std::string rate_text(double per_second);

// 0.4s, 37s, 4min12s, 3h07min.
std::string time_text(double seconds);

}  // namespace penstock
