// Memory as a worker hands it out: on a multiple of 64, owned, of a fixed size.
#pragma once

#include <penstock/type.hpp>

#include <cstring>
#include <functional>
#include <memory>
#include <new>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

// Bytes on a multiple of 64.
class Block {
 public:
  explicit Block(std::size_t size)
      : data_(static_cast<std::byte*>(::operator new(size + 1, alignment))), size_(size) {}
  explicit Block(Bytes content) : Block(content.size()) {
    if (!content.empty()) std::memcpy(data_.get(), content.data(), content.size());
  }

  std::byte* data() const { return data_.get(); }
  Bytes bytes() const { return {data_.get(), size_}; }
  bool holds(const void* at) const {
    const auto* byte = static_cast<const std::byte*>(at);
    return std::less_equal<>()(data(), byte) && std::less<>()(byte, data() + size_);
  }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Free {
    void operator()(std::byte* data) const { ::operator delete(data, alignment); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_;
};

}  // namespace sdk
}  // namespace penstock
