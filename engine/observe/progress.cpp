#include "observe/progress.hpp"

#include <algorithm>
#include <cmath>

#include "observe/picture.hpp"

namespace penstock {
namespace {

constexpr double plain_interval = 5;  // seconds
constexpr double quiet_start = 0.3;   // a run that is over at once draws no block

ProgressStyle resolved(ProgressStyle style, const Terminal& terminal) {
  if (style != ProgressStyle::automatic) return style;
  return terminal.can_redraw() ? ProgressStyle::block : ProgressStyle::plain;
}

}  // namespace

Progress::Progress(ProgressStyle style, const Terminal& terminal)
    : terminal_(terminal), style_(resolved(style, terminal)), next_plain_line_(plain_interval) {}

Progress::~Progress() {
  if (shown_) terminal_.write(to_top() + "\x1b[J");
}

void Progress::on_line(Level level, const std::string& text) {
  // Level::debug is for those who listen to the library themselves.
  if (level == Level::debug) return;
  std::string output = to_top();
  if (shown_) output += "\x1b[J";
  output += log_line(level, text, terminal_.look().colour);
  if (shown_) output += drawn();
  terminal_.write(output);
}

void Progress::on_progress(const Report& report) {
  if (style_ == ProgressStyle::none) return;
  rates_.see(report);
  if (style_ == ProgressStyle::plain) {
    if (report.seconds < next_plain_line_) return;
    terminal_.write(progress_line(report, rates_));
    next_plain_line_ = (std::floor(report.seconds / plain_interval) + 1) * plain_interval;
    return;
  }
  if (report.seconds < quiet_start) return;
  std::string output = to_top();
  shown_ = report;
  output += drawn();
  terminal_.write(output);
}

void Progress::finish(const Report& report) {
  if (!shown_) return;
  std::string output = to_top() + "\x1b[J";
  const Look look = terminal_.look();
  for (const Row& row : final_table(report, look, report.stages.size() + 1)) {
    output += row.text + '\n';
  }
  terminal_.write(output);
  forget_block();
}

// To where the block begins. In a window that has become narrower its rows take several lines each,
// since terminals break them anew.
std::string Progress::to_top() const {
  if (widths_.empty()) return {};
  const std::size_t columns = terminal_.look().columns;
  std::size_t lines = 0;
  for (const std::size_t width : widths_) {
    lines += std::max<std::size_t>(1, (width + columns - 1) / columns);
  }
  return "\r\x1b[" + std::to_string(lines) + 'A';
}

// Over what stands there: nothing that stays the same disappears for a moment.
std::string Progress::drawn() {
  std::string text;
  widths_.clear();
  for (const Row& row : block(*shown_, rates_, terminal_.look())) {
    text += row.text + "\x1b[K\n";
    widths_.push_back(row.width);
  }
  return text + "\x1b[J";
}

void Progress::forget_block() {
  shown_.reset();
  widths_.clear();
}

}  // namespace penstock
