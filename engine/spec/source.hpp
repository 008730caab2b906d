// The texts that a pipeline is read from, and places in them. Plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace penstock {

// A place in one of several sources. Line 0 is the source as a whole.
struct Mark {
  std::uint32_t file = 0;    // index into Sources
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in bytes

  friend bool operator==(const Mark&, const Mark&) = default;
};

// A value and where it was written.
template <class T>
struct Marked {
  T value{};
  Mark mark;
};

class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(starts_.size()); }

  // Line `number`, without its end; empty where there is none.
  std::string_view line(std::uint32_t number) const;
  std::size_t line_start(std::uint32_t number) const { return starts_[number - 1]; }

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> starts_;  // of each line
};

using Sources = std::vector<Source>;

// Nothing that a person writes comes near this; more is refused before it is read.
inline constexpr std::size_t largest_file = 1u << 20;

// The whole of a regular file of at most `limit` bytes. The error's text does not repeat the path.
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace penstock
