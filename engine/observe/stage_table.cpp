#include "observe/stage_table.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/utf8.hpp"
#include "observe/colours.hpp"
#include "observe/columns.hpp"
#include "observe/numbers.hpp"

namespace penstock {
namespace {

constexpr std::size_t widest_name = 32;
constexpr std::size_t narrowest_name = 10;
constexpr std::size_t widest_bar = 24;
constexpr std::size_t narrowest_bar = 8;
constexpr std::size_t percent_width = 6;  // with the space before it

// Numeric columns, in the order in which they stand. The higher its rank, the sooner a column is
// left out.
struct Column {
  std::string_view title;
  std::size_t width;
  unsigned rank;
  bool running;  // shown while it runs
  bool over;     // shown at the end
};

enum ColumnIndex : std::size_t { done, rate, queued, running, workers, retried, dead };
constexpr std::array<Column, 7> columns{{{"done", 10, 0, true, true},
                                         {"rate", 9, 2, true, true},
                                         {"queued", 8, 4, true, false},
                                         {"running", 9, 6, true, false},
                                         {"workers", 9, 5, true, false},
                                         {"retried", 9, 3, false, true},
                                         {"dead", 7, 1, true, true}}};
constexpr unsigned highest_rank = 6;

// Which columns are shown, and how wide the others are.
struct Layout {
  std::array<bool, columns.size()> shown{};
  std::size_t name = 0;
  std::size_t bar = 0;  // of the bar alone; 0: none
  bool percent = false;
};

std::size_t numbers_width(const Layout& layout) {
  std::size_t used = layout.percent ? percent_width : 0;
  for (std::size_t i = 0; i < columns.size(); ++i) used += layout.shown[i] ? columns[i].width : 0;
  return used;
}

Layout lay_out(const Report& report, std::size_t width, bool over) {
  Layout layout;
  std::size_t longest = std::string_view("stage").size();
  for (const StageReport& stage : report.stages) {
    longest = std::max(longest, column_count(printable(stage.name)));
    layout.percent = layout.percent || (stage.total && !over);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    layout.shown[i] = over ? columns[i].over : columns[i].running;
  }
  const std::size_t wanted = std::min(longest, widest_name);
  const auto left = [&] { return width - std::min(width, numbers_width(layout)); };
  for (unsigned rank = highest_rank + 1; rank-- > 0 && left() < std::min(wanted, narrowest_name);) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].rank == rank && rank > 0) layout.shown[i] = false;
    }
    if (rank == 1) layout.percent = false;
  }
  layout.name = std::min(wanted, left());
  const std::size_t spare = left() - layout.name;
  if (layout.percent && spare >= narrowest_bar + 2) layout.bar = std::min(spare - 2, widest_bar);
  return layout;
}

// "━━━━╸       42%", as wide as the layout says; spaces where the share is not known.
std::string bar_text(const Layout& layout, std::optional<double> share, const Look& look) {
  const std::size_t bar = layout.bar > 0 ? layout.bar + 2 : 0;
  if (!layout.percent) return {};
  if (!share) return std::string(bar + percent_width, ' ');
  std::string text;
  if (bar > 0) {
    const auto halves = static_cast<std::size_t>(*share * static_cast<double>(2 * layout.bar));
    std::string filled;
    for (std::size_t i = 0; i < halves / 2; ++i) filled += look.utf8 ? "━" : "#";
    const bool half = halves % 2 == 1;
    if (half) filled += look.utf8 ? "╸" : "-";
    const std::size_t taken = halves / 2 + (half ? 1 : 0);
    std::string rest;
    for (std::size_t i = taken; i < layout.bar; ++i) rest += look.utf8 ? "─" : ".";
    text = "  " + coloured(filled, green, look.colour) + coloured(rest, dim, look.colour);
  }
  const auto percent = static_cast<unsigned>(*share * 100);
  return text + padded_left(std::to_string(percent) + '%', percent_width);
}

Row heading(const Layout& layout, const Look& look) {
  std::string text = padded_right("stage", layout.name) + bar_text(layout, std::nullopt, look);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (layout.shown[i]) text += padded_left(columns[i].title, columns[i].width);
  }
  return {coloured(text, dim, look.colour), text.size()};
}

Row stage_row(const StageReport& stage, double speed, const Layout& layout, const Look& look) {
  const std::array<std::string, columns.size()> values{
      count_text(stage.done),
      rate_text(speed),
      stage.source ? "-" : count_text(stage.queued),
      count_text(stage.running),
      count_text(stage.workers),
      count_text(stage.retried),
      count_text(stage.dead)};
  std::optional<double> share;
  if (stage.total) {
    const auto total = static_cast<double>(std::max<std::uint64_t>(1, *stage.total));
    share = stage.ended ? 1 : std::min(1.0, static_cast<double>(stage.done) / total);
  }
  const std::string name = padded_right(printable(stage.name), layout.name);
  Row row{
      coloured(name, dim, look.colour && stage.ended) + bar_text(layout, share, look),
      layout.name + (layout.percent ? percent_width : 0) + (layout.bar > 0 ? layout.bar + 2 : 0)};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!layout.shown[i]) continue;
    const bool alarming = i == dead && stage.dead > 0;
    const bool dull = values[i] == "0" || values[i] == "-" || stage.ended;
    row.text += coloured(padded_left(values[i], columns[i].width), alarming ? red : dim,
                         look.colour && (alarming || dull));
    row.width += columns[i].width;
  }
  return row;
}

// Places of the stages that are shown where there is room for `room` rows: the busiest, in the
// order of the pipeline.
std::vector<std::size_t> shown_stages(const Report& report, const Rates& rates, std::size_t room) {
  std::vector<std::size_t> places(report.stages.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  if (places.size() <= room) return places;
  const auto busier = [&](std::size_t left, std::size_t right) {
    const StageReport& a = report.stages[left];
    const StageReport& b = report.stages[right];
    if (a.ended != b.ended) return b.ended;
    if (a.running + a.queued != b.running + b.queued) {
      return a.running + a.queued > b.running + b.queued;
    }
    return rates.stage(left) > rates.stage(right);
  };
  std::stable_sort(places.begin(), places.end(), busier);
  places.resize(room > 0 ? room - 1 : 0);  // the last row says how many are missing
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<Row> table(const Report& report, const Rates& rates, const Look& look, std::size_t rows,
                       bool over) {
  if (report.stages.empty() || rows < 2) return {};
  const Layout layout = lay_out(report, look.room(), over);
  if (layout.name < 2) return {};
  const std::vector<std::size_t> places = shown_stages(report, rates, rows - 1);
  std::vector<Row> result{heading(layout, look)};
  for (const std::size_t i : places) {
    result.push_back(stage_row(report.stages[i], rates.stage(i), layout, look));
  }
  if (places.size() < report.stages.size()) {
    const std::size_t more = report.stages.size() - places.size();
    const std::string text =
        whole_words("and " + std::to_string(more) + " more stages, less busy", look.room());
    result.push_back({coloured(text, dim, look.colour), text.size()});
  }
  return result;
}

}  // namespace

std::vector<Row> running_table(const Report& report, const Rates& rates, const Look& look,
                               std::size_t rows) {
  return table(report, rates, look, rows, false);
}

std::vector<Row> final_table(const Report& report, const Look& look, std::size_t rows) {
  return table(report, Rates::whole_run(report), look, rows, true);
}

}  // namespace penstock
