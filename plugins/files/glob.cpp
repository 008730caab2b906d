#include "files/glob.hpp"

#include <fnmatch.h>
#include <penstock/errors.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_set>

namespace penstock::files {
namespace {

namespace fs = std::filesystem;

bool is_pattern(const std::string& name) {
  return name.find_first_of("*?[") != name.npos;
}

class Search {
 public:
  explicit Search(const std::string& pattern) {
    std::size_t at = 0;
    if (pattern.starts_with('/')) {
      root_ = "/";
      at = pattern.find_first_not_of('/');
    }
    while (at < pattern.size()) {
      const std::size_t end = std::min(pattern.find('/', at), pattern.size());
      names_.push_back(pattern.substr(at, end - at));
      at = std::min(pattern.find_first_not_of('/', end), pattern.size());
    }
  }

  std::vector<std::string> run() {
    walk(root_, 0);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  static std::string below(const std::string& folder, const std::string& name) {
    return folder.empty() || folder.ends_with('/') ? folder + name : folder + "/" + name;
  }

  static std::vector<fs::directory_entry> entries(const std::string& folder) {
    std::error_code error;
    std::vector<fs::directory_entry> all;
    fs::directory_iterator at(folder.empty() ? "." : folder, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) all.push_back(*at);
    if (error && error != std::errc::not_a_directory &&
        error != std::errc::no_such_file_or_directory) {
      throw std::system_error(error, "cannot list '" + (folder.empty() ? "." : folder) + "'");
    }
    return all;
  }

  void walk(const std::string& folder, std::size_t index) {
    if (index == names_.size()) return;
    const std::string& name = names_[index];
    const bool last = index + 1 == names_.size();
    if (name == "**") {
      walk_any_depth(folder, index, last);
    } else if (is_pattern(name)) {
      for (const fs::directory_entry& entry : entries(folder)) {
        const std::string file = entry.path().filename();
        if (::fnmatch(name.c_str(), file.c_str(), FNM_PERIOD) != 0) continue;
        const std::string path = below(folder, file);
        last ? take(entry, path) : walk(path, index + 1);
      }
    } else if (last) {
      const std::string path = below(folder, name);
      std::error_code error;
      const fs::file_status status = fs::symlink_status(path, error);
      if (fs::exists(status) && !fs::is_directory(fs::status(path, error))) found_.push_back(path);
    } else {
      walk(below(folder, name), index + 1);
    }
  }

  void walk_any_depth(const std::string& folder, std::size_t index, bool last) {
    if (!last) walk(folder, index + 1);
    for (const fs::directory_entry& entry : entries(folder)) {
      const std::string file = entry.path().filename();
      if (file.starts_with('.')) continue;
      const std::string path = below(folder, file);
      std::error_code error;
      if (fs::is_directory(entry.symlink_status(error))) {
        walk_any_depth(path, index, last);
      } else if (last) {
        take(entry, path);
      }
    }
  }

  void take(const fs::directory_entry& entry, const std::string& path) {
    std::error_code error;
    const fs::file_status status = entry.status(error);
    if (fs::is_regular_file(status) || !fs::exists(status)) found_.push_back(path);
  }

  std::string root_;
  std::vector<std::string> names_;
  std::vector<std::string> found_;
};

std::string nothing_found(const std::string& pattern) {
  std::error_code error;
  if (fs::is_directory(pattern, error)) {
    return "'" + pattern + "' is a folder; write '" + (fs::path(pattern) / "*").string() +
           "' for its files, or '" + (fs::path(pattern) / "**").string() +
           "' for those in the folders below it too";
  }
  const std::string where =
      pattern.starts_with('/') ? "" : " in " + fs::current_path(error).string();
  return "no file matches '" + pattern + "'" + where + "; set allow_empty: true if that may be";
}

}  // namespace

std::vector<std::string> find_files(const std::vector<std::string>& patterns, bool allow_empty) {
  std::vector<std::string> files;
  std::unordered_set<std::string> known;
  for (const std::string& pattern : patterns) {
    std::vector<std::string> found = Search(pattern).run();
    if (found.empty() && !allow_empty) throw Permanent(nothing_found(pattern));
    for (std::string& path : found) {
      if (known.insert(path).second) files.push_back(std::move(path));
    }
  }
  return files;
}

}  // namespace penstock::files
