// Both ends of `penstock map`: lines of the standard input become items, and what comes out of a
// task becomes lines of the standard output, in the order of the input. What it emits to other
// outputs is counted. None of them ever blocks the loop. Belong to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "run/intake.hpp"
#include "run/pinned.hpp"
#include "run/standard_input.hpp"

namespace penstock {

class LinePrinter final : public EngineSink {
 public:
  // `type`: of what is printed.
  LinePrinter(std::string type, bool ordered) : type_(std::move(type)), ordered_(ordered) {}

  bool holds_back() const override { return !buffer_.empty(); }
  bool ready() override;
  Result<void> take(std::uint64_t number, std::string bytes) override;
  Result<bool> finish() override;
  Result<void> flush() override;

  // Nothing more comes of this line.
  void ended(std::uint64_t number);
  // Too much waits for the oldest line, which is not ready.
  bool crowded() const { return lines_.size() >= kLinesAtMost || waiting_bytes_ >= kBytesAtMost; }

 private:
  static constexpr std::size_t kLinesAtMost = 64 * 1024;
  static constexpr std::size_t kBytesAtMost = 64u << 20;

  struct Line {
    std::string text;
    bool ended = false;
  };

  Line& line(std::uint64_t number);
  Result<void> write_some();

  std::string type_;
  bool ordered_;
  std::uint64_t first_ = 1;  // number of lines_.front()
  std::deque<Line> lines_;
  std::size_t waiting_bytes_ = 0;  // in lines_
  std::string buffer_;
  std::size_t written_ = 0;  // of buffer_
};

// Counts what a task emits to an output that is not printed.
class LeftOut final : public EngineSink {
 public:
  bool holds_back() const override { return false; }
  bool ready() override { return true; }
  Result<void> take(std::uint64_t, std::string) override {
    ++count_;
    return {};
  }
  Result<void> flush() override { return {}; }
  Result<bool> finish() override { return true; }

  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

class LineReader final : public EngineSource {
 public:
  LineReader(StandardInput& input, ExtentTable& extents, StageIndex stage,
             const LinePrinter& printer)
      : input_(input), extents_(extents), stage_(stage), printer_(printer) {}

  bool next(Payload& payload) override;
  bool over() const override;
  const std::string& problem() const override { return input_.problem(); }

 private:
  StandardInput& input_;
  ExtentTable& extents_;
  const StageIndex stage_;
  const LinePrinter& printer_;
  std::uint64_t offset_ = 0;  // in the first piece
};

}  // namespace penstock
