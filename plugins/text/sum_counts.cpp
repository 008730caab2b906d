#include "text/sum_counts.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace penstock::text {

void SumCounts::run(const WordCounts& counts) {
  add_encoded(counts, totals_);
}

void SumCounts::finish(Emit<Count>& out) {
  std::vector<std::pair<std::uint64_t, std::string>> sorted;
  sorted.reserve(totals_.size());
  totals_.for_each(
      [&](std::string_view word, std::uint64_t count) { sorted.emplace_back(count, word); });
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (const auto& [count, word] : sorted) out(Count{word, count}, word);
}

Snapshot SumCounts::snapshot() const {
  std::string encoded;
  encode(totals_, encoded);
  return encoded;
}

void SumCounts::restore(const Snapshot& snapshot) {
  totals_.clear();
  add_encoded({snapshot.bytes()}, totals_);
}

}  // namespace penstock::text
