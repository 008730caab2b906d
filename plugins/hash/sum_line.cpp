#include "hash/sum_line.hpp"

namespace penstock::hash {

std::string sum_line(const NamedDigest& named) {
  const bool escaped = named.path.find_first_of("\\\n\r") != std::string_view::npos;
  std::string line = escaped ? "\\" : "";
  line.append(named.digest).append("  ");
  if (!escaped) return line.append(named.path);
  for (const char c : named.path) {
    switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      default:
        line += c;
        break;
    }
  }
  return line;
}

}  // namespace penstock::hash
