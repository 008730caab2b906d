#include "files/save.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "files/file.hpp"
#include "files/row_format.hpp"

namespace penstock::files {
namespace {

namespace fs = std::filesystem;

std::string content_of(const Datum& item) {
  if (item.kind() == DatumKind::text || item.kind() == DatumKind::bytes) {
    return std::string(as_text(item.bytes()));
  }
  std::string json;
  append_json(json, item);
  return json += '\n';
}

bool holds(const std::string& path, std::string_view content) {
  const File file(path, O_RDONLY | O_NONBLOCK);
  if (static_cast<std::size_t>(file.status().st_size) != content.size()) return false;
  std::vector<std::byte> block(std::min<std::size_t>(content.size(), 256 << 10));
  for (std::size_t at = 0; at != content.size();) {
    const std::size_t read =
        file.read_at(at, std::span(block).first(std::min(block.size(), content.size() - at)));
    if (read == 0 || content.substr(at, read) != as_text(Bytes(block).first(read))) return false;
    at += read;
  }
  return true;
}

[[noreturn]] void taken(const std::string& path) {
  throw Permanent("'" + path +
                  "' is there already, with another content: from another item of the "
                  "same name, or from an earlier run");
}

// Gives the partial file its name, if that is free.
void give_name(const std::string& path) {
  const std::string partial = path + ".partial";
  if (::renameat2(AT_FDCWD, partial.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EEXIST) taken(path);
  if (errno != EINVAL) fail_with_errno("cannot name", path);
  // A file system without this way of renaming.
  if (fs::exists(path)) taken(path);
  fs::rename(partial, path);
}

}  // namespace

void Save::params(Params& p) {
  p.required("path", path,
             "of each file, with {n}, {id}, the {name} of a field in it, or {name/} "
             "for a path with its folders",
             output_file);
  p.optional("content", content, "field of a record to be written; if not set, the whole item");
}

Epoch Save::open(Epoch last, const Snapshot& at) {
  name_ = NameTemplate(path);
  saved_ = at.empty() ? 0 : at.as<std::uint64_t>();
  return last;
}

void Save::run(const Datum& item, Context& context) {
  const std::string file = name_.make(saved_ + 1, context.item_id(), item);
  if (file.empty() || file.ends_with('/')) {
    throw Permanent("'" + file + "' names no file: what the name is made of is empty");
  }
  const std::string written = content_of(content.empty() ? item : item[content]);
  if (fs::exists(file)) {
    if (!fs::is_regular_file(file) || !holds(file, written)) taken(file);
  } else {
    if (std::find(pending_.begin(), pending_.end(), file) != pending_.end()) taken(file);
    create_folder_of(file);
    File(file + ".partial", O_WRONLY | O_CREAT | O_TRUNC).write_at(0, written);
    pending_.push_back(file);
  }
  ++saved_;
}

Snapshot Save::commit(Epoch epoch) {
  std::set<std::string> folders;
  const bool durable = epoch.sync || epoch.last;
  while (!pending_.empty()) {
    const std::string& file = pending_.back();
    if (durable) {
      File(file + ".partial", O_RDONLY).sync();
      folders.insert(fs::path(file).parent_path() / ".");
    }
    give_name(file);
    pending_.pop_back();
  }
  for (const std::string& folder : folders) sync_folder_of(folder);
  return saved_;
}

}  // namespace penstock::files
