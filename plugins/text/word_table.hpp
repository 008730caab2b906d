// How often each word was seen: a hash table made for words of natural text, most of which are
// shorter than eight bytes and then lie in their slot as one number. A word is a run of ASCII
// letters, apostrophes and bytes above 127. One thread; grows with the number of different words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace penstock::text {

class WordTable {
 public:
  WordTable();

  // Counts the words of a text, lowercased in ASCII if asked.
  void count(std::string_view text, bool lowercase);
  void add(std::string_view word, std::uint64_t count);  // a word is not empty

  std::size_t size() const { return used_; }
  void clear();

  // Calls f(word, count) for each word, in no order; the view lives until f returns.
  template <class F>
  void for_each(F f) const {
    std::vector<std::uint64_t> whole;
    for (const Slot& slot : slots_) {
      if (slot.length == 0) continue;
      whole.assign(1, slot.first);
      const auto rest = rests_.begin() + slot.rest;
      whole.insert(whole.end(), rest, rest + (slot.length - 1) / 8);
      f(std::string_view(reinterpret_cast<const char*>(whole.data()), slot.length), slot.count);
    }
  }

 private:
  // A word as numbers of eight bytes each, the last one filled up with zeros.
  struct Slot {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint32_t length = 0;  // in bytes; 0: free
    std::uint32_t rest = 0;    // where those behind the first are in rests_
  };

  void add(std::uint64_t first, const std::uint64_t* rest, std::size_t length, std::uint64_t count);
  std::size_t hash(std::uint64_t first, const std::uint64_t* rest, std::size_t length) const;
  void grow();

  std::vector<Slot> slots_;  // a power of two; at most half of them used
  std::size_t used_ = 0;
  std::vector<std::uint64_t> rests_;
};

}  // namespace penstock::text
