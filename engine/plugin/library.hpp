// A plugin's shared library, loaded into this process: the only file that sees Boost.DLL. It is for
// probes and workers; the engine never loads one. What it points at lives as long as the Library.
// One thread. Fails with the status `refused` and one line with the reason, without the path;
// whatever the library's own code does while it is loaded happens to this process.
#pragma once

#include <penstock/plugin.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace penstock {

// The tasks of a plugin, which may be larger structs than those known here.
class TaskTable {
 public:
  explicit TaskTable(const penstock_table& table) : table_(&table) {}

  std::size_t size() const { return table_->task_count; }
  const penstock_task& operator[](std::size_t i) const;
  const penstock_task* find(std::string_view name) const;

 private:
  const penstock_table* table_;
};

class Library {
 public:
  // Checks the file, loads it with all its symbols, and checks that it is a plugin of this version
  // of the contract.
  static Result<Library> open(const std::filesystem::path& path);
  // The tasks that are linked into this program.
  static Result<Library> of_program(const penstock_plugin_info& info);
  Library(Library&&) noexcept;
  Library& operator=(Library&&) noexcept;
  ~Library();

  const penstock_plugin_info& info() const { return *info_; }
  const std::string& build_id() const { return build_id_; }

  // Asks the plugin for its tasks, at the first call.
  Result<TaskTable> tasks();

 private:
  struct Handle;
  Library(std::unique_ptr<Handle> handle, const penstock_plugin_info& info, std::string build_id);

  std::unique_ptr<Handle> handle_;
  const penstock_plugin_info* info_;
  std::string build_id_;
  const penstock_table* table_ = nullptr;
};

}  // namespace penstock
