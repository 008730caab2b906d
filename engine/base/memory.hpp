// How much memory there is: of the machine and of the control group that this process is in, all
// groups above it included. Any thread.
#pragma once

#include <cstdint>

namespace penstock {

// The smaller of the two.
std::uint64_t memory_limit();

// What can still be taken of it before the kernel begins to kill processes; caches that it would
// give up count as free. Asks the kernel: some 50 us.
std::uint64_t free_memory();

}  // namespace penstock
