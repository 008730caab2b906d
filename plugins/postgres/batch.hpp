// The rows since the last commit, as COPY takes them, and what the server has said about each of
// them. Plain values.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::postgres {

struct Batch {
  struct Row {
    std::size_t begin;  // in text
    std::size_t shape;  // index into shapes
  };
  std::vector<std::vector<std::string>> shapes;  // names of columns
  std::vector<Row> rows;
  std::string text;

  std::string_view text_of(std::size_t first, std::size_t last) const {
    const std::size_t end = last == rows.size() ? text.size() : rows[last].begin;
    return std::string_view(text).substr(rows[first].begin, end - rows[first].begin);
  }
};

struct Refusal {
  std::uint64_t fingerprint = 0;  // of the row
  std::string why;
};

struct Verdict {
  std::uint64_t rows = 0;                    // of the batch; 0: nothing is known
  std::map<std::uint64_t, Refusal> refused;  // by the row's number in it
};

// Of bytes, after those that gave `sum`. Not against malice: it tells whether the same come again.
inline std::uint64_t fingerprint(std::uint64_t sum, std::string_view bytes) {
  const auto mix = [&](std::uint64_t word) {
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 32;
  };
  mix(bytes.size());
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = bytes.size() < sizeof word ? bytes.size() : sizeof word;
    std::memcpy(&word, bytes.data(), size);
    mix(word);
    bytes.remove_prefix(size);
  }
  return sum;
}

}  // namespace penstock::postgres
