// The plugin `text`: tasks on text.
#include <penstock/plugin.hpp>

#include "text/count_words.hpp"
#include "text/grep.hpp"
#include "text/sum_counts.hpp"
#include "text/upper.hpp"

PENSTOCK_PLUGIN("text", "0.1.0", "tasks on text: search, change, count") {
  using namespace penstock::text;
  plugin.transform<Upper>("upper", "the text with ASCII letters in upper case");
  plugin.transform<Grep>("grep", "texts in which a pattern is found")
      .output<std::string_view>("rejects", "texts in which it is not");
  plugin.transform<CountWords>("count_words", "how often each word is in a text");
  plugin.stateful<SumCounts>("sum_counts",
                             "adds up the counts of words; the most frequent come first");
}
