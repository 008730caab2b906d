#include "http/response.hpp"

#include <algorithm>
#include <cstring>

namespace penstock::http {
namespace {

constexpr std::size_t short_response = 64 << 10;

// Numbers that are known only at the end stand in their widest form, to be written over.
constexpr char wide_real = '\xfb';
constexpr char wide_bytes = '\x5b';

void write_wide(std::byte* at, std::uint64_t value) {
  value = __builtin_bswap64(value);
  std::memcpy(at, &value, sizeof value);
}

}  // namespace

Response::Response(Context& context, std::vector<std::byte>& own)
    : context_(&context), own_(&own) {}

void Response::begin(const Head& head, std::optional<std::uint64_t> length) {
  std::string text;
  CborWriter out(text);
  out.map(6);
  out.text("url");
  out.text(head.url);
  out.text("final_url");
  out.text(head.final_url);
  out.text("status");
  out.integer(head.status);
  out.text("headers");
  out.map(head.headers.size());
  for (const auto& [name, value] : head.headers) {
    out.text(name);
    out.text(value);
  }
  out.text("seconds");
  text += wide_real;
  seconds_ = text.size();
  text.append(8, '\0');
  out.text("body");
  text += wide_bytes;
  length_ = text.size();
  text.append(8, '\0');
  body_ = filled_ = text.size();

  const std::size_t size = body_ + length.value_or(0);
  if (size <= short_response) {
    own_->resize(std::max(short_response, size));
    block_ = *own_;
  } else {
    block_ = context_->loan(size);
  }
  std::memcpy(block_.data(), text.data(), text.size());
}

void Response::add(std::span<const std::byte> bytes) {
  make_room(bytes.size());
  std::memcpy(block_.data() + filled_, bytes.data(), bytes.size());
  filled_ += bytes.size();
}

void Response::make_room(std::size_t more) {
  if (block_.size() - filled_ >= more) return;
  const std::span<std::byte> larger =
      context_->loan(std::max(2 * block_.size(), block_.size() + more));
  std::memcpy(larger.data(), block_.data(), filled_);
  block_ = larger;
}

Record Response::end(double seconds) {
  write_wide(block_.data() + seconds_, std::bit_cast<std::uint64_t>(seconds));
  write_wide(block_.data() + length_, body_size());
  return {block_.first(filled_)};
}

}  // namespace penstock::http
