// Several values in one payload: the arguments of calls that a worker is given together, and what
// came of each. An entry is 16 bytes that say its size and what it is, then the bytes, then as many
// as are missing to a multiple of 16: so each value begins at one, as it has to. Plain values; who
// reads checks each size against what there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace penstock::sdk {

enum class EntryKind : std::uint32_t {
  value = 0,
  nothing,  // the task gave none
  failed,   // the text says why
};

struct Entry {
  EntryKind kind = EntryKind::value;
  std::uint32_t failure = 0;  // of one that failed: a penstock_failure
  std::string_view bytes;
};

inline constexpr std::size_t entry_head = 16;

inline constexpr std::size_t padded(std::size_t size) {
  return (size + 15) & ~std::size_t{15};
}

inline void add_entry(std::string& parcel, const Entry& entry) {
  struct {
    std::uint64_t size;
    EntryKind kind;
    std::uint32_t failure;
  } const head{entry.bytes.size(), entry.kind, entry.failure};
  static_assert(sizeof head == entry_head);
  parcel.append(reinterpret_cast<const char*>(&head), sizeof head);
  parcel.append(entry.bytes);
  parcel.append(padded(parcel.size()) - parcel.size(), '\0');
}

class ParcelReader {
 public:
  explicit ParcelReader(std::string_view parcel) : rest_(parcel) {}

  bool done() const { return rest_.empty(); }
  bool damaged() const { return damaged_; }

  // False: there is no more, or it is damaged.
  bool next(Entry& entry) {
    if (done()) return false;
    std::uint64_t size = 0;
    damaged_ = rest_.size() < entry_head;
    if (damaged_) return false;
    std::memcpy(&size, rest_.data(), sizeof size);
    std::memcpy(&entry.kind, rest_.data() + 8, sizeof entry.kind);
    std::memcpy(&entry.failure, rest_.data() + 12, sizeof entry.failure);
    const std::size_t room = rest_.size() - entry_head;
    damaged_ = size > room || padded(size) > room || entry.kind > EntryKind::failed;
    if (damaged_) return false;
    entry.bytes = rest_.substr(entry_head, size);
    rest_.remove_prefix(entry_head + padded(size));
    return true;
  }

 private:
  std::string_view rest_;
  bool damaged_ = false;
};

}  // namespace penstock::sdk
