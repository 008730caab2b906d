#include "observe/picture.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/utf8.hpp"
#include "observe/numbers.hpp"

namespace penstock {
namespace {

constexpr std::size_t most_stages_named = 5;
constexpr std::size_t widest_name = 32;
constexpr std::size_t narrowest_name = 10;

constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view yellow = "\x1b[33m";

std::string coloured(std::string_view text, std::string_view colour, bool on) {
  std::string result(text);
  return on ? std::string(colour) + result + std::string(plain) : result;
}

std::string padded_left(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + std::string(text);
}

std::string padded_right(std::string_view text, std::size_t width) {
  if (text.size() > width) return std::string(text.substr(0, width - 1)) + '~';
  return std::string(text) + std::string(width - text.size(), ' ');
}

// The words that fit, whole ones.
std::string fitting(std::string_view words, std::size_t width) {
  if (words.size() <= width) return std::string(words);
  const std::size_t end = words.rfind(' ', width);
  return std::string(words.substr(0, end == std::string_view::npos ? width : end));
}

// A numeric column of the table. They stand in this order; the higher its rank, the sooner a column
// is left out.
struct Column {
  std::string_view title;
  std::size_t width;
  unsigned rank;
};

enum ColumnIndex : std::size_t { done, rate, queued, running, dead };
constexpr std::array<Column, 5> columns{
    {{"done", 10, 0}, {"rate", 10, 2}, {"queued", 8, 3}, {"running", 9, 4}, {"dead", 8, 1}}};

// Which columns are shown, and what is left for the names.
struct Layout {
  std::array<bool, columns.size()> shown{};
  std::size_t name_width = 0;
};

Layout lay_out(std::size_t longest_name, std::size_t width) {
  Layout layout;
  layout.shown.fill(true);
  const auto left = [&] {
    std::size_t used = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) used += layout.shown[i] ? columns[i].width : 0;
    return width > used ? width - used : 0;
  };
  const std::size_t wanted = std::min(longest_name, widest_name);
  for (unsigned rank = columns.size(); rank-- > 0 && left() < std::min(wanted, narrowest_name);) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].rank == rank) layout.shown[i] = false;
    }
  }
  layout.name_width = std::min(wanted, left());
  return layout;
}

Row heading(const Layout& layout, bool colour) {
  std::string text = padded_right("stage", layout.name_width);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (layout.shown[i]) text += padded_left(columns[i].title, columns[i].width);
  }
  return {coloured(text, dim, colour), text.size()};
}

Row stage_row(const StageReport& stage, double speed, const Layout& layout, bool colour) {
  const std::array<std::string, columns.size()> values{
      count_text(stage.done), rate_text(speed), count_text(stage.queued), count_text(stage.running),
      count_text(stage.dead)};
  Row row{padded_right(stage.name, layout.name_width), layout.name_width};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!layout.shown[i]) continue;
    const bool alarming = i == dead && stage.dead > 0;
    row.text += coloured(padded_left(values[i], columns[i].width), red, colour && alarming);
    row.width += columns[i].width;
  }
  return row;
}

// Places of the stages that are shown where there is room for `room` rows.
std::vector<std::size_t> shown_stages(const Report& report, std::size_t room) {
  std::vector<std::size_t> places(report.stages.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  if (places.size() <= room) return places;
  std::stable_partition(places.begin(), places.end(),
                        [&](std::size_t i) { return !report.stages[i].ended; });
  places.resize(room > 0 ? room - 1 : 0);  // the last row says how many are missing
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<Row> table(const Report& report, const Rates& rates, const Look& look,
                       std::size_t rows) {
  if (report.stages.empty() || rows < 2) return {};
  // A line that ends in the last column would be broken by some terminals.
  const std::size_t width = look.columns > 1 ? look.columns - 1 : 1;
  std::size_t longest = std::string_view("stage").size();
  for (const StageReport& stage : report.stages) longest = std::max(longest, stage.name.size());
  const Layout layout = lay_out(longest, width);
  if (layout.name_width < 2) return {};
  const std::vector<std::size_t> places = shown_stages(report, rows - 1);
  std::vector<Row> result{heading(layout, look.colour)};
  for (const std::size_t i : places) {
    const StageReport& stage = report.stages[i];
    result.push_back(stage_row(stage, rates.stage(i), layout, look.colour));
  }
  if (places.size() < report.stages.size()) {
    const std::string more = std::to_string(report.stages.size() - places.size());
    const std::string text = fitting("and " + more + " more stages", width);
    result.push_back({text, text.size()});
  }
  return result;
}

std::string account(const Report& report) {
  return "time=" + time_text(report.seconds) + " in=" + std::to_string(report.in) +
         " done=" + std::to_string(report.done) + " dead=" + std::to_string(report.dead) +
         " pending=" + std::to_string(report.pending);
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

}  // namespace

std::vector<Row> stage_table(const Report& report, const Rates& rates, const Look& look) {
  // The line below belongs to the cursor.
  return table(report, rates, look, look.rows > 1 ? look.rows - 1 : 1);
}

std::vector<Row> block(const Report& report, const Rates& rates, const Look& look) {
  std::vector<Row> rows = table(report, rates, look, look.rows > 2 ? look.rows - 2 : 0);
  const std::string text = fitting(account(report), look.columns > 1 ? look.columns - 1 : 1);
  rows.push_back({text, text.size()});
  return rows;
}

std::string progress_line(const Report& report, const Rates& rates) {
  return "progress: " + account(report) + " rate=" + rate_text(rates.items()) + queues(report) +
         '\n';
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
