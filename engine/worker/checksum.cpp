#define XXH_INLINE_ALL
#include "worker/checksum.hpp"

#include <xxhash.h>

namespace penstock {

std::uint64_t checksum(const void* data, std::size_t size) {
  return XXH3_64bits(data, size);
}

}  // namespace penstock
