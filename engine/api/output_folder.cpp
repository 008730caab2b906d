#include "api/output_folder.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "base/utf8.hpp"
#include "state/table_rows.hpp"

namespace penstock {
namespace {

constexpr std::size_t kShownLine = 120;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string_view> sorted_lines(const std::string& text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string shown(std::string_view line) {
  return '`' + printable(std::string(line.substr(0, kShownLine))) +
         (line.size() > kShownLine ? "…`" : "`");
}

// Both sorted. How many of `lines` are not in `others`, and the first of them.
std::string only_in(const std::vector<std::string_view>& lines,
                    const std::vector<std::string_view>& others) {
  std::vector<std::string_view> rest;
  std::set_difference(lines.begin(), lines.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  if (rest.empty()) return {};
  return std::to_string(rest.size()) + (rest.size() == 1 ? " line" : " lines") + ", such as " +
         shown(rest.front());
}

// What SQLite keeps beside a file of its own, as long as it likes.
bool is_beside_table_file(const std::string& file) {
  for (const std::string_view ending : {"-wal", "-shm", "-journal"}) {
    if (!file.ends_with(ending)) continue;
    std::ifstream table(file.substr(0, file.size() - ending.size()), std::ios::binary);
    char bytes[16];
    return table.read(bytes, sizeof bytes) && is_table_file({bytes, sizeof bytes});
  }
  return false;
}

}  // namespace

std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file() && !is_beside_table_file(entry.path().string())) {
      files.push_back(std::filesystem::relative(entry.path(), folder).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string> difference(const std::filesystem::path& expected,
                                      const std::filesystem::path& found) {
  std::error_code error;
  if (!std::filesystem::exists(found, error)) return "it is not there";
  if (!std::filesystem::exists(expected, error)) return "it was not there in the quiet run";
  std::string wanted = bytes_of(expected);
  std::string got = bytes_of(found);
  if (wanted == got) return std::nullopt;
  if (is_table_file(wanted) && is_table_file(got)) {
    auto wanted_rows = table_rows(expected);
    auto got_rows = table_rows(found);
    if (!wanted_rows) return std::string(wanted_rows.error().what());
    if (!got_rows) return std::string(got_rows.error().what());
    wanted = std::move(*wanted_rows);
    got = std::move(*got_rows);
  }
  const auto wanted_lines = sorted_lines(wanted);
  const auto got_lines = sorted_lines(got);
  const std::string missing = only_in(wanted_lines, got_lines);
  const std::string more = only_in(got_lines, wanted_lines);
  if (missing.empty() && more.empty()) return std::nullopt;
  return (missing.empty() ? "" : "it lacks " + missing) +
         (missing.empty() || more.empty() ? "" : "; ") +
         (more.empty() ? "" : "it has besides " + more);
}

}  // namespace penstock
