// text.sum_counts: adds up counts of words, and at the end emits each word with its count: the most
// frequent first, equally frequent ones in the order of their bytes.
#pragma once

#include "text/word_counts.hpp"

namespace penstock::text {

struct Count {
  std::string_view word;
  std::uint64_t count = 0;
};
PENSTOCK_FIELDS(Count, word, count)

class SumCounts {
 public:
  void run(const WordCounts& counts);
  void finish(Emit<Count>& out);

  Snapshot snapshot() const;
  void restore(const Snapshot& snapshot);

 private:
  WordTable totals_;
};

}  // namespace penstock::text
