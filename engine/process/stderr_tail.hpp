// The last lines of what a process wrote to its output. Bytes come in pieces of any size; each line
// goes to a callback as soon as it is complete, and the last few are kept for the report of a
// death. Whatever the process writes, lines are printable text and the memory they take here is
// bounded: a line that becomes too long is cut. One thread; never fails.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace penstock {

class StderrTail {
 public:
  using OnLine = std::function<void(std::string_view line)>;

  static constexpr std::size_t kMaxLines = 20;
  static constexpr std::size_t kMaxBytes = 4096;      // of all lines kept
  static constexpr std::size_t kMaxLineBytes = 1024;  // of one, as it was written

  // Lines are without their end; `on_line` may be empty.
  explicit StderrTail(OnLine on_line = {}) : on_line_(std::move(on_line)) {}

  void feed(std::string_view bytes);

  // Nothing follows: completes a last line that has no end.
  void finish();

  const std::deque<std::string>& lines() const { return lines_; }
  std::string text() const;  // the lines, joined by line ends

 private:
  void append(std::string_view bytes);
  void complete();

  OnLine on_line_;
  std::string line_;    // not complete yet
  bool cut_ = false;    // the rest of this line is dropped
  bool begun_ = false;  // something stands in this line, perhaps dropped
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;  // in lines_
};

}  // namespace penstock
