// A YAML document as a plain value: aliases copied, positions kept, variables replaced.
#pragma once

#include <string>
#include <vector>

#include "spec/source.hpp"

namespace penstock {

struct Entry;

struct Node {
  enum class Kind {
    null,
    scalar,
    list,
    map,
    unknown,  // something that could not be read, and has its finding already
  };

  Kind kind = Kind::null;
  Mark mark;
  std::string text;            // of a scalar
  bool quoted = false;         // a scalar that is a text whatever it looks like
  bool cut = false;            // a list or map in which the file could not be read on
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the file's order, each key once

  bool is(Kind wanted) const { return kind == wanted; }
};

struct Entry {
  Marked<std::string> key;
  Node value;
};

// What a person would call it: "a list", "the text `x`".
std::string in_words(const Node& node);

}  // namespace penstock
