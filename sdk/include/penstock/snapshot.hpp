// How far a task has come, so that another instance can go on from there: the number of an epoch
// and the bytes of a snapshot. Plain values.
#pragma once

#include <penstock/record.hpp>

#include <compare>

namespace penstock PENSTOCK_HIDDEN {

// A numbered slice of the run. Epochs compare by their number.
struct PENSTOCK_TYPE Epoch {
  constexpr Epoch() = default;
  constexpr Epoch(std::uint64_t of) : number(of) {}
  constexpr Epoch(std::uint64_t of, bool with_sync, bool is_last)
      : number(of), sync(with_sync), last(is_last) {}

  std::uint64_t number = 0;  // from 1; 0: none yet
  bool sync = false;         // has to survive a loss of power
  bool last = false;         // nothing follows

  friend constexpr bool operator==(const Epoch& a, const Epoch& b) { return a.number == b.number; }
  friend constexpr auto operator<=>(const Epoch& a, const Epoch& b) {
    return a.number <=> b.number;
  }
};

namespace sdk {

template <class T>
concept ViewsText = std::convertible_to<const T&, std::string_view>;

template <class T>
concept KeptAsMemory = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> && !ViewsText<T> &&
                       !std::convertible_to<const T&, Bytes>;

}  // namespace sdk

// Bytes that it owns. Made from and read as text, a trivially copyable value (as it lies in
// memory), or any other value that may pass between tasks (as CBOR).
class PENSTOCK_TYPE Snapshot {
 public:
  Snapshot() = default;

  // Of what may be large: taken over, not copied.
  Snapshot(std::string&& content) : content_(std::move(content)) {}

  template <class T>
  requires(!std::same_as<T, Snapshot>) Snapshot(const T& value) {
    if constexpr (sdk::ViewsText<T>) {
      content_ = std::string_view(value);
    } else if constexpr (std::convertible_to<const T&, Bytes>) {
      content_ = as_text(value);
    } else if constexpr (sdk::KeptAsMemory<T>) {
      content_.assign(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      CborWriter writer(content_);
      sdk::Codec<T>::write(writer, value);
    }
  }

  bool empty() const { return content_.empty(); }
  std::size_t size() const { return content_.size(); }
  std::string_view text() const { return content_; }
  Bytes bytes() const { return as_bytes(content_); }

  // Throws Malformed if this was not made from a T. Views live as long as this snapshot.
  template <class T>
  T as() const {
    if constexpr (sdk::ViewsText<T>) {
      return T(content_);
    } else if constexpr (sdk::KeptAsMemory<T>) {
      if (content_.size() != sizeof(T)) {
        throw Malformed("a snapshot of " + std::to_string(content_.size()) +
                        " bytes is read as a value of " + std::to_string(sizeof(T)));
      }
      std::array<char, sizeof(T)> bytes;
      std::memcpy(bytes.data(), content_.data(), sizeof(T));
      return std::bit_cast<T>(bytes);
    } else {
      CborReader reader(bytes());
      T value{};
      sdk::Codec<T>::read(reader, value);
      if (!reader.done()) throw Malformed("a snapshot goes on where its value ends");
      return value;
    }
  }

  bool operator==(const Snapshot&) const = default;

 private:
  std::string content_;
};

}  // namespace penstock
