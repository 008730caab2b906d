// Reads a mended text as YAML and says in words what is no YAML. The only file that sees yaml-cpp:
// what comes out of it are events, and nothing is thrown through it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spec/repair.hpp"

namespace penstock {

// What the parser meets, in the order of the text. Positions are those of the source. `anchor` is 0
// where there is none.
class SyntaxEvents {
 public:
  virtual ~SyntaxEvents() = default;

  virtual void on_document(Mark mark) = 0;  // nothing follows of a second one
  virtual void on_null(Mark mark, std::size_t anchor) = 0;
  virtual void on_alias(Mark mark, std::size_t anchor) = 0;
  virtual void on_scalar(Mark mark, std::size_t anchor, std::string text, bool quoted) = 0;
  virtual void on_list(Mark mark, std::size_t anchor) = 0;
  virtual void on_map(Mark mark, std::size_t anchor) = 0;
  virtual void on_end() = 0;  // of the list or map begun last
  virtual void on_tag(Mark mark) = 0;
};

struct SyntaxError {
  Mark mark;
  std::string message;
  std::string hint;
};

// No more than this may be open at a time: a parser that recurses has only so much stack.
inline constexpr std::size_t deepest_nesting = 64;

// The first error, if there is one; the events of what stands before it have been given.
std::optional<SyntaxError> parse_syntax(const Source& source, std::uint32_t file,
                                        const Repair& repair, SyntaxEvents& events);

}  // namespace penstock
