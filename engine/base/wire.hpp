// Writes numbers and texts one after the other into a string, and reads them back with every length
// checked. Both ends run on one machine, so numbers stand in its own order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace penstock {

class WireWriter {
 public:
  template <class T>
  void put(T number) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void put_text(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After a read past the end, everything read is zero or empty and ok() is false.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    static_assert(!std::is_same_v<T, bool>, "not every byte is one");
    T number{};
    if (rest_.size() < sizeof number) {
      fail();
      return number;
    }
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return number;
  }
  std::string_view get_text() {
    const auto size = get<std::uint64_t>();
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  // A number of elements of which each takes at least `least` bytes: never more than can follow.
  std::size_t get_count(std::size_t least) {
    const auto count = get<std::uint64_t>();
    if (count > rest_.size() / least) {
      fail();
      return 0;
    }
    return count;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace penstock
