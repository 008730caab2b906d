#include "api/partial_files.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "plan/redirection.hpp"

namespace penstock {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".partial";
constexpr int kMaxEntries = 10'000;

// Whether `name` may be what a task has made of the template: each {word} stands for any text.
bool fits(std::string_view name, std::string_view pattern) {
  const auto open = pattern.find('{');
  if (open == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, open))) return false;
  name.remove_prefix(open);
  const auto close = pattern.find('}', open);
  if (close == std::string_view::npos) return true;
  pattern.remove_prefix(close + 1);
  for (std::size_t skip = 0; skip <= name.size(); ++skip) {
    if (fits(name.substr(skip), pattern)) return true;
  }
  return false;
}

void search(std::vector<std::string>& found, const std::string& pattern) {
  const std::string known = pattern.substr(0, pattern.find('{'));
  const fs::path folder = fs::path(known).parent_path();
  std::vector<std::string> here;
  int entries = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator
           it(folder.empty() ? "." : folder, fs::directory_options::skip_permission_denied, error),
       end;
       !error && it != end && ++entries <= kMaxEntries; it.increment(error)) {
    std::string path = it->path().string();
    if (folder.empty()) path.erase(0, 2);
    if (path.ends_with(kEnding) && fits(path, pattern + std::string(kEnding))) {
      here.push_back(std::move(path));
    }
  }
  std::sort(here.begin(), here.end());
  found.insert(found.end(), here.begin(), here.end());
}

}  // namespace

bool was_stopped(Status status) {
  return status != Status::done && status != Status::dead && status != Status::refused;
}

std::vector<std::string> partial_files(const Plan& plan) {
  std::vector<std::string> found;
  for (const std::string& path : output_files(plan)) {
    std::error_code error;
    if (path.find('{') != std::string::npos) {
      search(found, path);
    } else if (fs::exists(path + std::string(kEnding), error)) {
      found.push_back(path + std::string(kEnding));
    }
  }
  return found;
}

}  // namespace penstock
