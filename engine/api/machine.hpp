// What this machine has to offer: processors that this process may use, and memory.
#pragma once

#include <cstdint>
#include <vector>

namespace penstock {

// Their numbers, ascending; never empty.
std::vector<unsigned> usable_cores();

// Half of the smaller of the machine's memory and the limit of the control group, whole MiB in
// bytes.
std::uint64_t default_memory();

}  // namespace penstock
