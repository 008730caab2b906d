#include "compress/growing_block.hpp"

#include <penstock/errors.hpp>
#include <penstock/units.hpp>

#include <algorithm>
#include <cstring>

namespace penstock::compress {
namespace {

// What is taken for likely at first: little data compresses better than this.
constexpr std::uint64_t usual_ratio = 64;
constexpr std::uint64_t least = 4 << 10;

}  // namespace

void fail_as_too_large(std::uint64_t most) {
  throw Permanent("the content comes to more than " +
                  sdk::size_text(static_cast<std::int64_t>(most)) +
                  "; max_size can be set higher, and the stage's max_output with it");
}

// A byte more than is expected: so the end is seen before memory is full.
GrowingBlock::GrowingBlock(Context& context, std::uint64_t input, std::uint64_t expected,
                           std::uint64_t most)
    : context_(context), most_(most) {
  const std::uint64_t likely = std::min({expected, input * usual_ratio, most});
  block_ = context.loan(std::max(likely, std::min(least, most)) + 1);
}

std::span<std::byte> GrowingBlock::room() {
  if (filled_ == block_.size()) {
    const std::span<std::byte> larger =
        context_.loan(std::min<std::uint64_t>(2 * block_.size(), most_ + 1));
    std::memcpy(larger.data(), block_.data(), filled_);
    block_ = larger;
  }
  return block_.subspan(filled_);
}

void GrowingBlock::add(std::size_t written) {
  filled_ += written;
  if (filled_ > most_) fail_as_too_large(most_);
}

}  // namespace penstock::compress
