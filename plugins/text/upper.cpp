#include "text/upper.hpp"

#include <algorithm>

namespace penstock::text {
namespace {

// From this size on a block of its own is cheaper than the copy.
constexpr std::size_t large = 4096;

void write_upper(std::string_view text, char* out) {
  std::transform(text.begin(), text.end(), out, [](char c) {
    return static_cast<char>(c - (c >= 'a' && c <= 'z' ? 'a' - 'A' : 0));
  });
}

}  // namespace

void Upper::run(std::string_view text, Emit<std::string_view>& out, Context& context) {
  if (text.size() < large) {
    line_.resize(text.size());
    write_upper(text, line_.data());
    out(line_);
    return;
  }
  const std::span<std::byte> block = context.loan(text.size());
  write_upper(text, reinterpret_cast<char*>(block.data()));
  out(as_text(block));
}

}  // namespace penstock::text
