#include "worker/call_filter.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/fd.hpp"

namespace penstock {
namespace {

// Calls from this number on are younger than the filter: nobody knows what they can do, and every
// program that makes them goes on without.
constexpr std::uint32_t kUnknownFrom = 452;

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EACCES;
constexpr std::uint64_t kWord = 0xffffffff;  // an int; what stands above it is anybody's guess

struct Rule {
  const char* call;
  std::optional<scmp_arg_cmp> where = {};  // none: always
};

// Sockets of a pair stay, of the kinds that cannot be given another address.
const Rule kNetwork[] = {
    {"socket"},
    {"connect"},
    {"bind"},
    {"listen"},
    {"accept"},
    {"accept4"},
    {"socketpair", SCMP_A0(SCMP_CMP_NE, AF_UNIX)},
    {"socketpair", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM)},
    {"socketpair", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW)},
};

// What Landlock does not cover: mode, owner, times and attributes of a file by its name.
const Rule kFiles[] = {
    {"chmod"},
    {"fchmodat"},
    {"chown"},
    {"lchown"},
    {"fchownat"},
    {"setxattr"},
    {"lsetxattr"},
    {"removexattr"},
    {"lremovexattr"},
    {"utime"},
    {"utimes"},
    {"futimesat"},
    {"utimensat", SCMP_A1(SCMP_CMP_NE, 0)},
};
// The same of an open file: one that may only be read can be opened, and so can, for neither
// reading nor writing, any other. How the last call would do it cannot be seen.
const Rule kOpenFiles[] = {
    {"fchmod"},
    {"fchown"},
    {"fsetxattr"},
    {"fremovexattr"},
    {"utimensat"},
    {"open", SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_ACCMODE)},
    {"openat", SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_ACCMODE)},
    {"openat2"},
};
// Of Landlock before its third version, with which a file opened for reading could be emptied.
const Rule kTruncation[] = {
    {"truncate"},
    {"open", SCMP_A1(SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY)},
    {"openat", SCMP_A2(SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY)},
};

// What reaches into other processes, and the ring that makes calls which no filter sees.
const Rule kOthers[] = {
    {"ptrace"},
    {"process_vm_readv"},
    {"process_vm_writev"},
    {"pidfd_getfd"},
    {"io_uring_setup"},
    {"prlimit64", SCMP_A0(SCMP_CMP_NE, 0)},
    {"kill", SCMP_A0(SCMP_CMP_MASKED_EQ, kWord, kWord)},  // -1: all processes there are
};

Error refused(const std::string& what, int error) {
  return Error(Status::refused, what + ": " + std::strerror(error));
}

class FilterRules {
 public:
  FilterRules() : filter_(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release) {}

  template <std::size_t N>
  void add(const Rule (&rules)[N], Fence fence) {
    for (const Rule& rule : rules) add(rule, fence);
  }

  std::vector<RefusedCall>& calls() { return calls_; }

  // The filter as a program for the kernel, which is not yet what is wanted of it.
  Result<std::vector<sock_filter>> compile() {
    // Programs for another kind of processor have other numbers for their calls.
    if (!filter_ || error_ != 0 ||
        seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0) {
      return refused("no filter of system calls can be made", filter_ ? -error_ : ENOMEM);
    }
    const UniqueFd file(::memfd_create("filter", MFD_CLOEXEC));
    if (!file || seccomp_export_bpf(filter_.get(), file.get()) != 0) {
      return refused("no filter of system calls can be written", errno);
    }
    std::vector<sock_filter> program(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)) /
                                     sizeof(sock_filter));
    const std::size_t bytes = program.size() * sizeof(sock_filter);
    if (::pread(file.get(), program.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
      return refused("no filter of system calls can be read", errno);
    }
    return program;
  }

 private:
  void add(const Rule& rule, Fence fence) {
    const int number = seccomp_syscall_resolve_name(rule.call);
    if (!filter_ || number < 0) return;  // this kind of processor has no such call
    const int added =
        rule.where ? seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(EACCES), number, 1, *rule.where)
                   : seccomp_rule_add(filter_.get(), SCMP_ACT_ERRNO(EACCES), number, 0);
    if (added != 0) error_ = added;
    calls_.push_back({number, rule.call, fence});
  }

  std::unique_ptr<void, decltype(&seccomp_release)> filter_;
  std::vector<RefusedCall> calls_;
  int error_ = 0;
};

// Where the code of this process's libc stands.
struct Code {
  std::uint64_t address;  // of something in it
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

int find_code(dl_phdr_info* library, std::size_t, void* data) {
  Code& code = *static_cast<Code*>(data);
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const auto& part = library->dlpi_phdr[i];
    const std::uint64_t begin = library->dlpi_addr + part.p_vaddr;
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    if (code.address < begin || code.address >= begin + part.p_memsz) continue;
    code.begin = begin;
    code.end = begin + part.p_memsz;
    return 1;
  }
  return 0;
}

// Nothing where a program that is started may have its libc in the same place.
std::optional<Code> code_of_libc() {
  const int persona = ::personality(kWord);
  int randomized = 0;
  std::ifstream("/proc/sys/kernel/randomize_va_space") >> randomized;
  if (persona < 0 || (persona & ADDR_NO_RANDOMIZE) != 0 || randomized == 0) return std::nullopt;
  // Not one of those that sanitizers put something else in front of.
  Code code{reinterpret_cast<std::uint64_t>(::dlsym(RTLD_DEFAULT, "getpid"))};
  if (::dl_iterate_phdr(find_code, &code) == 0 || code.begin >> 32 != code.end >> 32) {
    return std::nullopt;
  }
  return code;
}

constexpr std::uint32_t low(std::uint64_t number) {
  return static_cast<std::uint32_t>(number);
}
constexpr std::uint32_t high(std::uint64_t number) {
  return low(number >> 32);
}

constexpr auto kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr auto kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr auto kIfFrom = BPF_JMP | BPF_JGE | BPF_K;
constexpr auto kReturn = BPF_RET | BPF_K;

// Has each of the ends that stands for `verdict` lead to what comes next.
void lead_on(std::vector<sock_filter>& program, std::size_t size, std::uint32_t verdict) {
  for (std::size_t i = 0; i < size; ++i) {
    if (program[i].code != kReturn || program[i].k != verdict) continue;
    program[i] = BPF_JUMP(BPF_JMP | BPF_JA, low(program.size() - i - 1), 0, 0);
  }
}

void append(std::vector<sock_filter>& program, std::initializer_list<sock_filter> more) {
  program.insert(program.end(), more);
}

// The library has rules for arguments, but none for who calls, and none for what it does not know.
void complete(std::vector<sock_filter>& program) {
  const std::size_t size = program.size();
  lead_on(program, size, SECCOMP_RET_ALLOW);
  append(program,
         {BPF_STMT(kLoad, offsetof(seccomp_data, nr)), BPF_JUMP(kIfFrom, kUnknownFrom, 0, 1),
          BPF_STMT(kReturn, SECCOMP_RET_ERRNO | ENOSYS), BPF_STMT(kReturn, SECCOMP_RET_ALLOW)});
  const std::optional<Code> code = code_of_libc();
  if (!code) return;
  constexpr std::uint32_t caller = offsetof(seccomp_data, instruction_pointer);
  lead_on(program, size, kRefuse);
  append(program,
         {BPF_STMT(kLoad, caller + sizeof(std::uint32_t)),
          BPF_JUMP(kIfEqual, high(code->begin), 0, 3), BPF_STMT(kLoad, caller),
          BPF_JUMP(kIfFrom, low(code->begin), 0, 1), BPF_JUMP(kIfFrom, low(code->end), 0, 1),
          BPF_STMT(kReturn, kRefuse), BPF_STMT(kReturn, SECCOMP_RET_TRAP)});
}

}  // namespace

Result<std::vector<RefusedCall>> raise_call_filter(const ipc::SandboxOrder& sandbox,
                                                   const FileFence& fence) {
  FilterRules rules;
  rules.add(kOthers, Fence::others);
  if (!sandbox.network) rules.add(kNetwork, Fence::network);
  if (sandbox.files != ipc::SandboxOrder::Files::all) {
    rules.add(kFiles, Fence::files);
    rules.add(kOpenFiles, Fence::files);
    if (!fence.truncation) rules.add(kTruncation, Fence::files);
  }
  auto program = rules.compile();
  if (!program) return program.error();
  complete(program.value());
  const sock_fprog filter{static_cast<unsigned short>(program->size()), program->data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return refused("this kernel has no filter of system calls (seccomp), which a sandbox needs",
                   errno);
  }
  return std::move(rules.calls());
}

}  // namespace penstock
