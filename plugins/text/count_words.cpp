#include "text/count_words.hpp"

namespace penstock::text {

void CountWords::params(Params& p) {
  p.optional("lowercase", lowercase, "count The and the as one word (ASCII letters alone)");
}

WordCounts CountWords::run(std::string_view text) {
  table_.clear();
  table_.count(text, lowercase);
  encode(table_, encoded_);
  return {as_bytes(encoded_)};
}

}  // namespace penstock::text
