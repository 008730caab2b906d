#include "spec/finding.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/utf8.hpp"

namespace penstock {
namespace {

constexpr std::size_t most_findings = 100;
constexpr std::size_t widest_excerpt = 100;  // characters
constexpr std::size_t longest_message = 600;

std::string shortened(std::string text) {
  if (text.size() <= longest_message) return text;
  return text.substr(0, valid_utf8(std::string_view(text).substr(0, longest_message))) + "…";
}

// As `masked`, with all characters in their places: a caret points at one of them.
std::string starred(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    const std::string stars(character_count(secret), '*');
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
      text.replace(at, secret.size(), stars);
      at += stars.size();
    }
  }
  return text;
}

void show_line(Finding& finding, std::string_view line, std::size_t column_bytes) {
  const std::string_view before = line.substr(0, std::min(column_bytes - 1, line.size()));
  finding.column = static_cast<std::uint32_t>(character_count(before)) + 1;
  finding.caret = finding.column - 1;
  const std::size_t width = character_count(line);
  if (width <= widest_excerpt) {
    finding.excerpt = printable(line);
    return;
  }
  const std::size_t from =
      std::min(finding.caret - std::min(finding.caret, widest_excerpt / 2), width - widest_excerpt);
  const std::size_t begin = character_offset(line, from);
  const std::size_t end = character_offset(line, from + widest_excerpt);
  finding.excerpt = (from > 0 ? "…" : "") + printable(line.substr(begin, end - begin)) +
                    (end < line.size() ? "…" : "");
  finding.caret = finding.caret - from + (from > 0 ? 1 : 0);
}

}  // namespace

std::string to_text(const Finding& finding) {
  std::string text = finding.file;
  if (finding.line > 0) {
    text += ':' + std::to_string(finding.line) + ':' + std::to_string(finding.column);
  }
  text += ": " + finding.message + '\n';
  std::string margin(7, ' ');
  if (finding.line > 0 && !finding.excerpt.empty()) {
    const std::string number = std::to_string(finding.line);
    const std::size_t width = std::max<std::size_t>(4, number.size());
    margin.assign(width + 3, ' ');
    text += std::string(width - number.size(), ' ') + number + " | " + finding.excerpt + '\n';
    text += std::string(width, ' ') + " | " + std::string(finding.caret, ' ') + "^\n";
  }
  if (!finding.hint.empty()) text += margin + finding.hint + '\n';
  return text;
}

std::string to_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_text(finding);
  return text;
}

std::vector<Finding> merged(std::vector<Finding> first, std::vector<Finding> second) {
  first.insert(first.end(), std::make_move_iterator(second.begin()),
               std::make_move_iterator(second.end()));
  std::stable_sort(first.begin(), first.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  return first;
}

void Findings::add(Mark mark, std::string message, std::string hint) {
  if (full()) {
    ++left_out_;
    return;
  }
  Finding finding;
  finding.file = mark.file < sources_.size() ? sources_[mark.file].name() : std::string();
  finding.line = mark.line;
  finding.message = std::move(message);
  finding.hint = std::move(hint);
  if (mark.line > 0 && mark.file < sources_.size()) {
    show_line(finding, sources_[mark.file].line(mark.line), std::max(mark.column, 1u));
  }
  kept_.push_back({mark, std::move(finding)});
}

void Findings::add_option(std::string option, std::string message, std::string hint) {
  if (full()) {
    ++left_out_;
    return;
  }
  Finding finding;
  finding.file = std::move(option);
  finding.message = std::move(message);
  finding.hint = std::move(hint);
  kept_.push_back({Mark{}, std::move(finding)});
}

bool Findings::full() const {
  return kept_.size() >= most_findings;
}

std::vector<Finding> Findings::take(const std::vector<std::string>& secrets) {
  const auto place = [](const Entry& entry) {
    return std::tuple(entry.mark.file, entry.mark.line, entry.mark.column);
  };
  std::stable_sort(kept_.begin(), kept_.end(),
                   [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
  std::vector<Finding> result;
  for (Entry& entry : kept_) {
    Finding& finding = entry.finding;
    const bool again = std::any_of(result.begin(), result.end(), [&](const Finding& other) {
      return other.file == finding.file && other.line == finding.line &&
             other.column == finding.column && other.message == finding.message;
    });
    if (again) continue;
    finding.excerpt = starred(std::move(finding.excerpt), secrets);
    finding.message = shortened(printable(masked(std::move(finding.message), secrets)));
    finding.hint = shortened(printable(masked(std::move(finding.hint), secrets)));
    result.push_back(std::move(finding));
  }
  if (left_out_ > 0 && !result.empty()) {
    Finding more = result.back();
    more.message = "and " + std::to_string(left_out_) + " more findings";
    more.excerpt.clear();
    more.caret = 0;
    more.hint.clear();
    result.push_back(std::move(more));
  }
  kept_.clear();
  left_out_ = 0;
  return result;
}

std::string masked(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
      text.replace(at, secret.size(), "***");
    }
  }
  return text;
}

std::string ticked(std::string_view name) {
  return name.empty() ? "\"\"" : '`' + std::string(name) + '`';
}

std::string word_list(const std::vector<std::string>& words, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? ' ' + last + ' ' : std::string(", ");
    text += ticked(words[i]);
  }
  return text;
}

}  // namespace penstock
