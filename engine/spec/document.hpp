// Text -> Node: one YAML document with all its findings, from a text that may be anything at all.
// Bounded: depth, aliases and size have limits, and nothing is ever thrown.
#pragma once

#include "spec/finding.hpp"
#include "spec/node.hpp"

namespace penstock {

struct Document {
  Node root;
  bool complete = true;  // read to its end
};

// `file` is the index of the source among those of `findings`.
Document parse_document(const Sources& sources, std::uint32_t file, Findings& findings);

}  // namespace penstock
