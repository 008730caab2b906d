#include "base/suggest.hpp"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t most_compared = 1000;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string_view word) {
  std::string result(word);
  for (char& c : result) c = c == '-' || c == ' ' ? '_' : lower(c);
  return result;
}

// `crash` for `crashed`, `workers_count` for `workers`.
bool begins_alike(std::string_view a, std::string_view b) {
  const std::size_t shared = std::min(a.size(), b.size());
  return shared >= 4 && a.substr(0, shared) == b.substr(0, shared);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > longest_name) return std::nullopt;
  const std::string wanted = folded(word);
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  std::size_t compared = 0;
  for (const std::string& candidate : known) {
    if (candidate == word) return std::nullopt;
    if (++compared > most_compared) break;
    if (candidate.size() > longest_name) continue;
    const std::string other = folded(candidate);
    const std::size_t distance = begins_alike(wanted, other) ? 1 : edit_distance(wanted, other);
    // A word of which nothing is left has not been mistyped.
    if (distance >= best_distance || distance >= candidate.size()) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::optional<std::string> best = nearest(word, known);
  return best ? "did you mean `" + *best + "`?" : std::string();
}

}  // namespace penstock
