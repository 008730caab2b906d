// Mistakes that would end the reading of a file at their place are found before it and mended in a
// copy of the text, so that one run still names all mistakes of the file: tabs in indentation, and
// `${…}` without quotes inside `{…}`. Text that no parser should see (bytes that are no UTF-8,
// control characters) is found here too. Pure functions; time and memory go with the text's size.
#pragma once

#include <string>
#include <vector>

#include "spec/finding.hpp"

namespace penstock {

// A piece of the mended text that stands for something else of the same length.
struct Patch {
  std::size_t begin = 0;
  std::string original;
};

struct Repair {
  std::string text;            // as long as the source's, byte for byte at its place
  std::vector<Patch> patches;  // in the text's order
  std::vector<std::uint32_t>
      tab_lines;         // lines with tabs in their indentation, which still has them
  bool readable = true;  // false: the text is not to be parsed
};

// `file` is the index of the source among those of `findings`.
Repair repair(const Sources& sources, std::uint32_t file, Findings& findings);

}  // namespace penstock
