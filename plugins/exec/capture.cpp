#include "exec/capture.hpp"

#include <algorithm>
#include <cstring>

namespace penstock::exec {
namespace {

constexpr std::size_t usual = 64 << 10;  // what a pipe holds

}  // namespace

void Capture::begin(Output kind, std::uint64_t limit, Emit<std::string_view>& out,
                    Context& context) {
  own_.resize(usual);
  own_.shrink_to_fit();
  block_ = own_;
  filled_ = 0;
  total_ = 0;
  kind_ = kind;
  limit_ = limit;
  out_ = &out;
  context_ = &context;
}

std::span<std::byte> Capture::room() {
  if (filled_ == block_.size()) grow();
  return block_.subspan(filled_);
}

void Capture::grow() {
  const std::size_t size = 2 * block_.size();
  if (kind_ == Output::lines) {  // which are cut out of it, and copied
    own_.resize(size);
    block_ = own_;
    return;
  }
  const std::span<std::byte> larger = context_->loan(size);
  std::memcpy(larger.data(), block_.data(), filled_);
  block_ = larger;
}

void Capture::add(std::size_t count) {
  filled_ += count;
  total_ += count;
  if (total_ > limit_) {
    throw Permanent("it printed more than `max_stdout` allows, " + std::to_string(limit_) +
                    " bytes");
  }
  if (kind_ == Output::lines) emit_lines();
}

void Capture::emit_lines() {
  std::string_view rest = as_text(block_.first(filled_));
  for (std::size_t end = 0; (end = rest.find('\n')) != rest.npos;) {
    (*out_)(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  std::memmove(block_.data(), rest.data(), rest.size());
  filled_ = rest.size();
}

void Capture::end() {
  std::string_view content = as_text(block_.first(filled_));
  if (kind_ == Output::none || (kind_ == Output::lines && content.empty())) return;
  if (kind_ == Output::text && content.ends_with('\n')) content.remove_suffix(1);
  (*out_)(content);
}

}  // namespace penstock::exec
