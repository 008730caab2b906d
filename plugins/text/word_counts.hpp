// What passes from text.count_words to text.sum_counts: one value for a whole text, of type
// map<int>, from word to count. It is kept encoded, so that neither side builds a map of it.
#pragma once

#include <penstock/plugin.hpp>

#include "text/word_table.hpp"

namespace penstock {
namespace text {

struct WordCounts {
  Bytes encoded;  // a view
};

inline void encode(const WordTable& table, std::string& out) {
  out.clear();
  CborWriter writer(out);
  writer.map(table.size());
  table.for_each([&](std::string_view word, std::uint64_t count) {
    writer.text(word);
    writer.natural(count);
  });
}

// Adds what is encoded to the table. Throws Malformed where it is damaged, and some is added by
// then.
inline void add_encoded(const WordCounts& counts, WordTable& table) {
  CborReader reader(counts.encoded);
  for (std::size_t left = sdk::take(reader, DatumKind::map).count; left != 0; --left) {
    const std::string_view word = sdk::take(reader, DatumKind::text).content;
    const Integer count = sdk::take(reader, DatumKind::integer).integer;
    if (word.empty() || count.negative) throw Malformed("a word without a count arrived");
    table.add(word, count.magnitude);
  }
}

}  // namespace text

template <>
struct sdk::Wire<text::WordCounts> {
  static std::string type() { return "map<int>"; }
  static text::WordCounts decode(Bytes bytes) { return {bytes}; }
  template <class Send>
  static void encode(const text::WordCounts& counts, std::string&, Send send) {
    send(counts.encoded);
  }
};

}  // namespace penstock
