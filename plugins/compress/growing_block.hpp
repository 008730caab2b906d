// Loaned memory for an output whose size is not known beforehand: as much as is expected, and twice
// as much whenever it is full, up to a limit. Belongs to the call. What is expected comes from the
// input, and may be a lie: it is believed as far as the input's own size makes it likely.
#pragma once

#include <penstock/context.hpp>

#include <cstdint>

namespace penstock::compress {

class GrowingBlock {
 public:
  GrowingBlock(Context& context, std::uint64_t input, std::uint64_t expected, std::uint64_t most);

  std::span<std::byte> room();    // where to write next; never empty
  void add(std::size_t written);  // throws Permanent beyond the limit
  Bytes content() const { return block_.first(filled_); }

 private:
  Context& context_;
  std::uint64_t most_;
  std::span<std::byte> block_;
  std::size_t filled_ = 0;
};

// Throws Permanent: the content would be larger than `most`.
[[noreturn]] void fail_as_too_large(std::uint64_t most);

}  // namespace penstock::compress
