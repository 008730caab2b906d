#include "plugin/library.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>

#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <string>
#include <typeinfo>
#include <utility>

#include "base/utf8.hpp"
#include "plugin/elf_file.hpp"

namespace penstock {

struct Library::Handle {
  boost::dll::shared_library library;
};

namespace {

constexpr std::size_t kMaxTasks = 10'000;
constexpr std::size_t kMaxError = 4096;

Error refused(const std::string& text) {
  return Error(Status::refused, text);
}

std::string version(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// The loader's own words put the culprit first: another file is one that this one needs.
Error loader_error(const std::filesystem::path& path, std::string_view text) {
  constexpr std::string_view kMissing = ": cannot open shared object file";
  constexpr std::string_view kUndefined = "undefined symbol: ";
  const auto colon = text.find(": ");
  const std::string_view culprit = text.substr(0, colon);
  if (text.find(kMissing) != std::string_view::npos && culprit != path.native()) {
    return refused("needs the library " + printable(culprit) +
                   ", which is not found; install it, or add its folder to LD_LIBRARY_PATH");
  }
  if (const auto at = text.find(kUndefined); at != std::string_view::npos) {
    const std::string_view rest = text.substr(at + kUndefined.size());
    return refused("uses the symbol " + printable(rest.substr(0, rest.find_first_of(" ,\t"))) +
                   ", which nothing defines; link the library that does");
  }
  if (culprit == path.native() && colon != std::string_view::npos) text.remove_prefix(colon + 2);
  return refused("cannot be loaded: " + printable(text));
}

std::string name_of_thrown_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an exception";
  int status = 0;
  char* demangled = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  const std::string name = status == 0 ? demangled : type->name();
  std::free(demangled);
  return name;
}

Result<std::unique_ptr<boost::dll::shared_library>> load(const std::filesystem::path& path) {
  auto library = std::make_unique<boost::dll::shared_library>();
  std::error_code error;
  ::dlerror();
  library->load(path, error, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (!error) return library;
  const char* text = ::dlerror();
  return loader_error(path, text == nullptr ? error.message() : text);
}

// A library that it is linked with may be a plugin as well, and would be found in its place.
bool is_own_symbol(boost::dll::shared_library& library, const void* symbol) {
  link_map* map = nullptr;
  link_map* owner = nullptr;
  Dl_info ignored{};
  if (::dlinfo(library.native(), RTLD_DI_LINKMAP, &map) != 0) return false;
  void** found = reinterpret_cast<void**>(&owner);
  return ::dladdr1(symbol, &ignored, found, RTLD_DL_LINKMAP) != 0 && owner == map;
}

Result<void> check_info(const penstock_plugin_info* info) {
  if (info->magic != PENSTOCK_MAGIC) {
    return refused("its symbol " PENSTOCK_SYMBOL
                   " is not a plugin's: it does not begin as it has "
                   "to; fill it in as <penstock/plugin.h> says");
  }
  if (info->abi_major != PENSTOCK_ABI_MAJOR) {
    return refused("is built for version " + version(info->abi_major, info->abi_minor) +
                   " of the plugin contract, this Penstock speaks " +
                   version(PENSTOCK_ABI_MAJOR, PENSTOCK_ABI_MINOR) +
                   "; build it with the SDK of this version");
  }
  if (info->size < sizeof *info || info->describe == nullptr) {
    return refused("its symbol " PENSTOCK_SYMBOL
                   " is incomplete; fill it in as "
                   "<penstock/plugin.h> says");
  }
  return {};
}

Result<const penstock_plugin_info*> find_info(boost::dll::shared_library& library) {
  const Error none = refused("does not export the symbol " PENSTOCK_SYMBOL
                             ": it is not a plugin, or lacks PENSTOCK_PLUGIN(...)");
  if (!library.has(PENSTOCK_SYMBOL)) return none;
  const auto* info = &library.get<const penstock_plugin_info>(PENSTOCK_SYMBOL);
  if (!is_own_symbol(library, info)) return none;
  if (const auto good = check_info(info); !good) return good.error();
  return info;
}

}  // namespace

const penstock_task& TaskTable::operator[](std::size_t i) const {
  const char* first = reinterpret_cast<const char*>(table_->tasks);
  return *reinterpret_cast<const penstock_task*>(first + i * table_->task_size);
}

const penstock_task* TaskTable::find(std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i) {
    const penstock_task& task = (*this)[i];
    if (std::string_view(task.name.data, task.name.size) == name) return &task;
  }
  return nullptr;
}

Library::Library(std::unique_ptr<Handle> handle, const penstock_plugin_info& info,
                 std::string build_id)
    : handle_(std::move(handle)), info_(&info), build_id_(std::move(build_id)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

Result<Library> Library::open(const std::filesystem::path& path) {
  auto file = read_elf_file(path);
  if (!file) return file.error();
  auto library = load(path);
  if (!library) return library.error();
  const auto info = find_info(**library);
  if (!info) return info.error();
  auto handle = std::make_unique<Handle>(Handle{std::move(**library)});
  return Library(std::move(handle), **info, std::move(file->build_id));
}

Result<Library> Library::of_program(const penstock_plugin_info& info) {
  if (const auto good = check_info(&info); !good) return good.error();
  auto file = read_elf_file("/proc/self/exe");
  if (!file) return file.error();
  return Library(nullptr, info, std::move(file->build_id));
}

Result<TaskTable> Library::tasks() {
  if (table_ != nullptr) return TaskTable(*table_);
  penstock_text error{nullptr, 0};
  const penstock_table* table = nullptr;
  try {
    table = info_->describe(&error);
  } catch (...) {
    return refused("throws " + name_of_thrown_type() + " where it describes its tasks");
  }
  if (table == nullptr) {
    const bool told = error.data != nullptr && error.size > 0 && error.size <= kMaxError;
    return refused(
        "cannot describe its tasks: " +
        (told ? printable(std::string_view(error.data, error.size)) : "no reason given"));
  }
  if (table->size < sizeof *table || table->task_size < sizeof(penstock_task) ||
      table->task_count > kMaxTasks || (table->task_count > 0 && table->tasks == nullptr)) {
    return refused("its table of tasks is incomplete; fill it in as <penstock/plugin.h> says");
  }
  for (std::size_t i = 0; i < table->task_count; ++i) {
    const penstock_task& task = TaskTable(*table)[i];
    if (task.size < sizeof task || (task.name.data == nullptr && task.name.size > 0)) {
      return refused("its task number " + std::to_string(i + 1) +
                     " is incomplete; fill it in as <penstock/plugin.h> says");
    }
  }
  table_ = table;
  return TaskTable(*table_);
}

}  // namespace penstock
