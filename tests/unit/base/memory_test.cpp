#include "base/memory.hpp"

#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "catch.hpp"

namespace penstock {
namespace {

TEST_CASE("what is free is a part of what there is") {
  CHECK(memory_limit() > 0);
  CHECK(memory_limit() < UINT64_MAX);
  CHECK(free_memory() > 0);
  CHECK(free_memory() <= memory_limit());
}

TEST_CASE("what is taken is no longer free", "[no-sanitizer]") {
  // Others take and give back meanwhile, and what is given back may be free only later: more and
  // more is taken until it is seen.
  constexpr std::size_t bytes = std::size_t{128} << 20;
  bool seen = false;
  for (int attempt = 0; attempt < 10 && !seen; ++attempt) {
    const std::uint64_t before = free_memory();
    std::vector<void*> taken;
    while (taken.size() < 8 && !seen) {
      taken.push_back(
          ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
      REQUIRE(taken.back() != MAP_FAILED);
      std::memset(taken.back(), 1, bytes);
      const std::uint64_t after = free_memory();
      seen = after + taken.size() * bytes / 2 < before && after + bytes * 32 > before;
    }
    for (void* data : taken) ::munmap(data, bytes);
  }
  CHECK(seen);
}

}  // namespace
}  // namespace penstock
