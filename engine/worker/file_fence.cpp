#include "worker/file_fence.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace penstock {
namespace {

// Of all versions of the kernel's interface, whatever headers this is built with.
constexpr std::uint64_t kExecute = LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t kWriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kReadFolder = LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kMakeCharacterDevice = LANDLOCK_ACCESS_FS_MAKE_CHAR;
constexpr std::uint64_t kMakeBlockDevice = LANDLOCK_ACCESS_FS_MAKE_BLOCK;
constexpr std::uint64_t kOfFirstVersion = (1u << 13) - 1;
constexpr std::uint64_t kRefer = 1u << 13;          // version 2
constexpr std::uint64_t kTruncate = 1u << 14;       // version 3
constexpr std::uint64_t kDeviceControl = 1u << 15;  // version 5
constexpr std::uint64_t kScopes = 3;                // version 6: abstract sockets, signals

constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kDeviceControl;
constexpr std::uint64_t kRead = kReadFile | kReadFolder;
constexpr std::uint64_t kRun = kRead | kExecute;

struct Attributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // version 4
  std::uint64_t scopes = 0;   // version 6
};

std::size_t size_in(int version) {
  return version >= 6 ? sizeof(Attributes) : version >= 4 ? 16 : 8;
}

std::uint64_t known_in(int version) {
  std::uint64_t rights = kOfFirstVersion;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceControl;
  return rights;
}

// Beside the folders of plugins, what is needed to load libraries and to run.
constexpr const char* kLibraries[] = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"};
constexpr const char* kReadable[] = {"/etc/ld.so.cache",
                                     "/etc/ld.so.conf",
                                     "/etc/ld.so.conf.d",
                                     "/etc/ld.so.preload",
                                     "/etc/localtime",
                                     "/etc/locale.alias",
                                     "/usr/share/locale",
                                     "/usr/share/zoneinfo",
                                     "/proc/cpuinfo",
                                     "/proc/meminfo",
                                     "/proc/sys/kernel/randomize_va_space",
                                     "/sys/devices/system/cpu",
                                     "/dev/random",
                                     "/dev/urandom",
                                     "/dev/zero"};

std::string reason() {
  return std::strerror(errno);
}

Error refused(const std::string& text) {
  return Error(Status::refused, text);
}

class FenceRules {
 public:
  static Result<FenceRules> create(const ipc::SandboxOrder& sandbox) {
    const long version =
        ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
      return refused("this kernel has no Landlock, which a sandbox needs: " + reason() +
                     " (it came with Linux 5.13, and can be switched off)");
    }
    FenceRules rules;
    rules.version_ = static_cast<int>(version);
    rules.rights_ = known_in(rules.version_);
    // A domain is wanted in any case: it is what keeps a process from the memory of others.
    if (sandbox.files == ipc::SandboxOrder::Files::all) rules.rights_ &= kMakeBlockDevice | kRefer;
    const Attributes attributes{rules.rights_, 0, kScopes};
    rules.fd_ = UniqueFd(static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &attributes, size_in(rules.version_), 0)));
    if (!rules.fd_) return refused("Landlock refuses its rules: " + reason());
    return rules;
  }

  int version() const { return version_; }

  // The file, or the folder and all in it. False: it cannot be opened, and errno says why.
  bool allow(const std::string& path, std::uint64_t rights) {
    UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place || ::fstat(place.get(), &status) != 0) return false;
    if (!S_ISDIR(status.st_mode)) rights &= kOfFiles;
    const landlock_path_beneath_attr rule{rights & rights_, place.get()};
    // What has no place in any file system, such as a pipe, can be opened all the same.
    if (::syscall(SYS_landlock_add_rule, fd_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0 &&
        errno != EBADFD) {
      return false;
    }
    kept_ = std::move(place);
    return true;
  }

  // The kernel makes the files of a process anew where nobody holds them, and the rule is lost.
  void keep_last() { (void)kept_.release(); }

  Result<void> enforce() {
    if (::syscall(SYS_landlock_restrict_self, fd_.get(), 0) == 0) return {};
    return refused("Landlock refuses to be put to use: " + reason());
  }

 private:
  UniqueFd fd_;
  UniqueFd kept_;
  int version_ = 0;
  std::uint64_t rights_ = 0;
};

void allow_to_run(FenceRules& rules, const ipc::SandboxOrder& sandbox) {
  for (const char* path : kLibraries) rules.allow(path, kRun);
  for (const std::string& path : sandbox.plugins) rules.allow(path, kRun);
  const char* named = ::getenv("LD_LIBRARY_PATH");
  for (std::string_view rest = named == nullptr ? "" : named; !rest.empty();) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (end > 0) rules.allow(std::string(rest.substr(0, end)), kRun);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const char* path : kReadable) rules.allow(path, kRead);
  if (rules.allow("/proc/self", kRead)) rules.keep_last();
}

}  // namespace

Result<FileFence> raise_file_fence(const ipc::SandboxOrder& sandbox) {
  auto created = FenceRules::create(sandbox);
  if (!created) return created.error();
  FenceRules& rules = created.value();
  switch (sandbox.files) {
    case ipc::SandboxOrder::Files::all:
      rules.allow("/", ~std::uint64_t{0});
      break;
    case ipc::SandboxOrder::Files::read_only:
      rules.allow("/", kRun);
      rules.allow("/dev/null", kOfFiles);
      break;
    case ipc::SandboxOrder::Files::listed:
      allow_to_run(rules, sandbox);
      rules.allow("/dev/null", kOfFiles);
      for (const std::string& path : sandbox.paths) {
        // Not the making of devices: whoever may make one could open any disk by it.
        if (rules.allow(path, ~(kMakeBlockDevice | kMakeCharacterDevice))) continue;
        return refused("`" + path + "`, which the sandbox allows, cannot be opened: " + reason());
      }
      break;
  }
  if (auto enforced = rules.enforce(); !enforced) return enforced.error();
  return FileFence{rules.version() >= 3};
}

}  // namespace penstock
