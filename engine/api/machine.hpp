// What this machine has to offer: processors that this process may use, and memory.
#pragma once

#include <cstdint>

namespace penstock {

unsigned usable_cores();

// Half of the smaller of the machine's memory and the limit of the control group, bytes.
std::uint64_t default_memory();

}  // namespace penstock
