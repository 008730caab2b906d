// The sum over a payload that its maker sends along and each reader holds against what it finds:
// XXH3, 64 bits (https://github.com/Cyan4973/xxHash), which reads memory about as fast as memcpy.
// It finds damage, not forgery.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

std::uint64_t checksum(const void* data, std::size_t size);

}  // namespace penstock
