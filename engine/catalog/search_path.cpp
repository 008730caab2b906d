#include "catalog/search_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <system_error>

#include "base/suggest.hpp"
#include "base/utf8.hpp"
#include "process/program_path.hpp"

namespace penstock {
namespace {

constexpr std::string_view kPrefix = "lib";
constexpr std::string_view kSuffix = ".so";

// "words" of libwords.so; empty: not the name of a plugin's file.
std::string plugin_name(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  const bool fits = name.size() > kPrefix.size() + kSuffix.size() && name.starts_with(kPrefix) &&
                    name.ends_with(kSuffix);
  if (!fits) return {};
  return name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
}

std::filesystem::path file_in(const std::filesystem::path& folder, std::string_view name) {
  std::string file(kPrefix);
  file += name;
  file += kSuffix;
  return folder / file;
}

void append_environment(std::vector<std::filesystem::path>& folders) {
  const char* value = std::getenv("PENSTOCK_PLUGIN_PATH");
  std::string_view rest = value == nullptr ? "" : value;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (const auto folder = rest.substr(0, colon); !folder.empty()) folders.emplace_back(folder);
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
}

std::string joined(const std::vector<std::filesystem::path>& folders) {
  std::string text;
  for (const auto& folder : folders) {
    if (!text.empty()) text += ", ";
    text += printable(folder.string());
  }
  return text.empty() ? "no folder" : text;
}

}  // namespace

SearchPath::SearchPath(const std::vector<std::filesystem::path>& folders, std::size_t given) {
  std::set<std::filesystem::path> known;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::error_code error;
    auto identity = std::filesystem::weakly_canonical(folders[i], error);
    if (known.insert(error ? folders[i] : std::move(identity)).second) {
      folders_.push_back(folders[i]);
    }
    if (i < given) given_ = folders_.size();
  }
}

SearchPath SearchPath::standard(std::vector<std::filesystem::path> given,
                                const std::filesystem::path& beside) {
  const std::size_t named = given.size();
  append_environment(given);
  if (!beside.empty()) given.push_back(beside);
  for (auto& folder : own_plugin_folders()) given.push_back(std::move(folder));
  return SearchPath(given, named);
}

Result<PluginFile> SearchPath::find(std::string_view name) const {
  PluginFile found;
  found.name = name;
  const bool plain = !name.empty() && name.find('/') == std::string_view::npos;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    std::error_code error;
    auto file = file_in(folders_[i], name);
    if (!plain || !std::filesystem::exists(file, error)) continue;
    if (found.path.empty()) {
      found.path = std::move(file);
      if (i < given_) break;
    } else {
      found.shadowed.push_back(std::move(file));
    }
  }
  if (!found.path.empty()) return found;
  std::vector<std::string> known;
  for (const PluginFile& file : all()) known.push_back(file.name);
  const std::string shown = printable(name);
  std::string text = "there is no plugin '" + shown + "': no file lib" + shown + ".so in " +
                     joined(folders_) + "; add its folder with --plugin-path DIR";
  if (const std::string hint = did_you_mean(name, known); !hint.empty()) text += "; " + hint;
  return Error(Status::refused, text);
}

std::vector<PluginFile> SearchPath::all() const {
  std::map<std::string, PluginFile> files;
  std::set<std::string> chosen;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    std::error_code error;
    std::vector<std::filesystem::path> here;
    for (std::filesystem::directory_iterator it(folders_[i], error), end; !error && it != end;
         it.increment(error)) {
      here.push_back(it->path());
    }
    std::sort(here.begin(), here.end());
    for (auto& path : here) {
      const std::string name = plugin_name(path);
      if (name.empty()) continue;
      const auto [at, first] = files.try_emplace(name, PluginFile{name, path, {}});
      if (first && i < given_) chosen.insert(name);
      if (!first && chosen.count(name) == 0) at->second.shadowed.push_back(std::move(path));
    }
  }
  std::vector<PluginFile> result;
  for (auto& [name, file] : files) result.push_back(std::move(file));
  return result;
}

}  // namespace penstock
