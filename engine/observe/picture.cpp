#include "observe/picture.hpp"

#include <algorithm>
#include <string_view>

#include "base/utf8.hpp"
#include "observe/colours.hpp"
#include "observe/columns.hpp"
#include "observe/numbers.hpp"

namespace penstock {
namespace {

constexpr std::size_t most_stages_named = 5;
constexpr double slowest = 1e-6;  // items a second, of which a time left can be told

std::string account(const Report& report, const Rates& rates) {
  const std::optional<double> left = seconds_left(report, rates);
  return "time=" + time_text(report.seconds) + (left ? " left=" + time_text(*left) : "") +
         " in=" + std::to_string(report.in) + " done=" + std::to_string(report.done) +
         " dead=" + std::to_string(report.dead) + " pending=" + std::to_string(report.pending);
}

// Where the longest queues are, longest first: " queued: counts=37 save=2".
std::string queues(const Report& report) {
  std::vector<const StageReport*> waiting;
  for (const StageReport& stage : report.stages) {
    if (stage.queued > 0) waiting.push_back(&stage);
  }
  if (waiting.empty()) return {};
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const auto* a, const auto* b) { return a->queued > b->queued; });
  waiting.resize(std::min(waiting.size(), most_stages_named));
  std::string text = " queued:";
  for (const StageReport* stage : waiting) {
    text += ' ' + stage->name + '=' + std::to_string(stage->queued);
  }
  return text;
}

// All of them together; empty where there are none.
std::string callbacks(const Report& report) {
  if (report.callbacks.empty()) return {};
  CallbackReport sum;
  for (const CallbackReport& callback : report.callbacks) {
    sum.called += callback.called;
    sum.failed += callback.failed;
    sum.dropped += callback.dropped;
    sum.waiting += callback.waiting;
    sum.held_up += callback.held_up;
  }
  std::string text =
      "callbacks: called=" + std::to_string(sum.called) + " waiting=" + std::to_string(sum.waiting);
  if (sum.failed > 0) text += " failed=" + std::to_string(sum.failed);
  if (sum.dropped > 0) text += " dropped=" + std::to_string(sum.dropped);
  if (sum.held_up > 0) text += " held_up=" + time_text(sum.held_up);
  return text;
}

}  // namespace

std::vector<Row> block(const Report& report, const Rates& rates, const Look& look) {
  std::vector<std::string> below{account(report, rates)};
  if (std::string text = callbacks(report); !text.empty() && look.rows > 2) {
    below.push_back(std::move(text));
  }
  // The line below all belongs to the cursor.
  const std::size_t taken = below.size() + 1;
  std::vector<Row> rows =
      running_table(report, rates, look, look.rows > taken ? look.rows - taken : 0);
  for (const std::string& line : below) {
    std::string text = whole_words(line, look.room());
    const std::size_t width = column_count(text);
    rows.push_back({std::move(text), width});
  }
  return rows;
}

// The speed is one of just now and one of the whole run in equal parts: the former alone jumps, the
// latter is late.
std::optional<double> seconds_left(const Report& report, const Rates& rates) {
  std::uint64_t total = 0;
  for (const StageReport& stage : report.stages) {
    if (!stage.source) continue;
    if (!stage.total) return std::nullopt;
    total += *stage.total;
  }
  const std::uint64_t ended = report.done + report.dead;
  if (total <= ended || !(report.seconds > 0)) return std::nullopt;
  const double speed = (rates.items() + static_cast<double>(ended) / report.seconds) / 2;
  if (speed < slowest) return std::nullopt;
  return static_cast<double>(total - ended) / speed;
}

std::string progress_line(const Report& report, const Rates& rates) {
  const std::string told = callbacks(report);
  return "progress: " + account(report, rates) + " rate=" + rate_text(rates.items()) +
         queues(report) + (told.empty() ? "" : "; " + told) + '\n';
}

std::string log_line(Level level, const std::string& text, bool colour) {
  std::string line;
  if (level == Level::debug) line = coloured("debug:", dim, colour) + ' ';
  if (level == Level::warning) line = coloured("warning:", yellow, colour) + ' ';
  if (level == Level::error) line = coloured("error:", red, colour) + ' ';
  std::string_view rest = text;
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r')) rest.remove_suffix(1);
  for (;;) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    line += printable(rest.substr(0, end));
    if (end == rest.size()) return line + '\n';
    line += "\n  ";
    rest.remove_prefix(end + 1);
  }
}

}  // namespace penstock
