// Where plugins are looked for, and what stands there by name. Only names of files are read here; a
// library is never opened. Plain value; any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace penstock {

struct PluginFile {
  std::string name;  // of the plugin, as the file libNAME.so says
  std::filesystem::path path;
  // Files of the same name further down the path. Empty where the first one stands in a folder that
  // was given: whoever named the folder has chosen.
  std::vector<std::filesystem::path> shadowed;
};

class SearchPath {
 public:
  // In the order in which they are looked at; one that comes twice counts once. The first `given`
  // of them were named for this use.
  explicit SearchPath(const std::vector<std::filesystem::path>& folders, std::size_t given = 0);

  // `given`, then PENSTOCK_PLUGIN_PATH (folders with colons between), then `beside` (the pipeline
  // file's folder; empty: none), then where this program's own plugins stand.
  static SearchPath standard(std::vector<std::filesystem::path> given,
                             const std::filesystem::path& beside);

  // Fails with the status `refused`, the folders, and a name that may have been meant.
  Result<PluginFile> find(std::string_view name) const;

  // All that there are, by name.
  std::vector<PluginFile> all() const;

  const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  std::vector<std::filesystem::path> folders_;
  std::size_t given_ = 0;  // so many of them, the first ones
};

}  // namespace penstock
