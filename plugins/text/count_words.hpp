// text.count_words: how often each word is in a text. Emits one value a text, even for an empty
// one.
#pragma once

#include "text/word_counts.hpp"

namespace penstock::text {

class CountWords {
 public:
  bool lowercase = true;

  void params(Params& p);
  WordCounts run(std::string_view text);

 private:
  WordTable table_;  // empty between two texts
  std::string encoded_;
};

}  // namespace penstock::text
