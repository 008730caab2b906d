#include "base/memory.hpp"

#include <sys/mman.h>

#include <cstring>

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
  constexpr std::size_t bytes = std::size_t{256} << 20;
  // Others take and give back meanwhile: it has to be seen once.
  bool seen = false;
  for (int attempt = 0; attempt < 100 && !seen; ++attempt) {
    const std::uint64_t before = free_memory();
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(data != MAP_FAILED);
    std::memset(data, 1, bytes);
    const std::uint64_t after = free_memory();
    ::munmap(data, bytes);
    seen = after + bytes / 2 < before && after + bytes * 8 > before;
  }
  CHECK(seen);
}

}  // namespace
}  // namespace penstock
