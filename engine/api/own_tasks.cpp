#include "api/own_tasks.hpp"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string_view>

#include "base/fd.hpp"
#include "ipc/order.hpp"
#include "penstock/worker_guard.hpp"
#include "plugin/describe.hpp"
#include "plugin/library.hpp"
#include "sync/managed/server_process.hpp"
#include "worker/serve.hpp"

namespace penstock {
namespace {

constexpr const char* kWord = "--penstock-worker";

bool guarded = false;

}  // namespace

void guard_worker(int argc, char** argv, const penstock_plugin_info* own) {
  occupy_standard_descriptors();
  guarded = true;  // in workers as well: their tasks may have pools of their own
  if (argc == 2 && std::strcmp(argv[1], kWord) == 0) serve_as_worker(own);
  if (argc == 2 && std::strcmp(argv[1], kObjectServerWord) == 0) sync::serve_as_started();
}

bool OwnTasks::named(std::string_view plugin) const {
  return info != nullptr && plugin == std::string_view(info->name.data, info->name.size);
}

Result<PluginDescription> OwnTasks::describe() const {
  if (!guarded) {
    return Error(Status::refused,
                 "`" + std::string(info->name.data, info->name.size) +
                     "` is this program itself, which has to be started again to run its tasks: "
                     "let main() begin with\n  penstock::worker_guard(argc, argv);");
  }
  auto library = Library::of_program(*info);
  if (!library) return library.error();
  return penstock::describe(library.value(), ipc::kOwnTasks);
}

std::vector<std::string> OwnTasks::worker() const {
  return info == nullptr ? std::vector<std::string>() : this_program(kWord);
}

std::vector<std::string> this_program(const char* word) {
  if (!guarded) return {};
  // The file that runs, whatever has come in its place meanwhile.
  std::error_code error;
  std::filesystem::path file = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || !std::filesystem::equivalent(file, "/proc/self/exe", error)) {
    file = "/proc/" + std::to_string(::getpid()) + "/exe";
  }
  return {file.string(), word};
}

}  // namespace penstock
