#include "plugin/elf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/utf8.hpp"

namespace penstock {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "x86-64 and AArch64 are supported"
#endif

constexpr std::uint64_t kMaxNotes = 1u << 20;

Error refused(const std::string& text) {
  return Error(Status::refused, text);
}

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "AArch64";
    case EM_386:
      return "i386";
    case EM_ARM:
      return "ARM";
    case EM_RISCV:
      return "RISC-V";
    default:
      return "machine " + std::to_string(machine);
  }
}

class Reader {
 public:
  Reader(int fd, std::uint64_t size) : fd_(fd), size_(size) {}

  std::uint64_t size() const { return size_; }

  bool holds(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= size_ && bytes <= size_ - offset;
  }
  bool read(std::uint64_t offset, void* into, std::size_t bytes) const {
    if (!holds(offset, bytes)) return false;
    const auto n = ::pread(fd_, into, bytes, static_cast<off_t>(offset));
    return n == static_cast<ssize_t>(bytes);
  }

 private:
  int fd_;
  std::uint64_t size_;
};

Result<UniqueFd> open_regular(const std::filesystem::path& path, std::uint64_t& size) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return refused("there is no such file");
  if (!file && errno == EACCES) return refused("the file cannot be read: permission denied");
  if (!file && errno == ENXIO) return refused("is a socket or a device, not a library");
  if (!file) return refused("the file cannot be opened: " + errno_text(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return refused("no status: " + errno_text(errno));
  if (S_ISDIR(status.st_mode)) return refused("is a folder, not a library");
  if (S_ISFIFO(status.st_mode)) return refused("is a FIFO, not a library");
  if (!S_ISREG(status.st_mode)) return refused("is a device, not a library");
  size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

Error no_library(const Reader& file) {
  if (file.size() == 0) return refused("is empty; build it with g++ -shared -fPIC");
  char start[16];
  const std::size_t n = std::min<std::uint64_t>(sizeof start, file.size());
  if (!file.read(0, start, n)) return refused("the file cannot be read");
  return refused("is not a shared library: it begins with '" +
                 printable(std::string_view(start, n)) + "'; build it with g++ -shared -fPIC");
}

Error cut_short(const Reader& file, std::uint64_t needed) {
  return refused("is cut short: it has " + std::to_string(file.size()) +
                 " bytes, its header speaks of " + std::to_string(needed) + "; copy it again");
}

std::optional<std::string> build_id_in(const Reader& file, const Elf64_Phdr& part) {
  std::vector<char> notes(std::min<std::uint64_t>(part.p_filesz, kMaxNotes));
  if (!file.read(part.p_offset, notes.data(), notes.size())) return std::nullopt;
  const auto padded = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
  std::uint64_t at = 0;
  Elf64_Nhdr note{};
  while (at + sizeof note <= notes.size()) {
    std::memcpy(&note, notes.data() + at, sizeof note);
    const std::uint64_t name = at + sizeof note;
    const std::uint64_t content = name + padded(note.n_namesz);
    const std::uint64_t next = content + padded(note.n_descsz);
    if (content + note.n_descsz > notes.size()) return std::nullopt;
    const bool gnu = note.n_namesz == 4 && std::memcmp(notes.data() + name, "GNU", 4) == 0;
    if (gnu && note.n_type == NT_GNU_BUILD_ID) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      std::string hex;
      for (std::uint64_t i = 0; i < note.n_descsz; ++i) {
        const auto byte = static_cast<unsigned char>(notes[content + i]);
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
      }
      return hex;
    }
    at = next;
  }
  return std::nullopt;
}

}  // namespace

Result<ElfFile> read_elf_file(const std::filesystem::path& path) {
  std::uint64_t size = 0;
  auto descriptor = open_regular(path, size);
  if (!descriptor) return descriptor.error();
  const Reader file(descriptor->get(), size);

  Elf64_Ehdr header{};
  unsigned char ident[EI_NIDENT] = {};
  if (!file.read(0, ident, sizeof ident) || std::memcmp(ident, ELFMAG, SELFMAG) != 0) {
    return no_library(file);
  }
  if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB) {
    return refused("is built for another machine: not a 64-bit little-endian one");
  }
  if (!file.read(0, &header, sizeof header)) return cut_short(file, sizeof header);
  if (header.e_machine != kMachine) {
    return refused("is built for " + machine_name(header.e_machine) + ", this machine is " +
                   machine_name(kMachine) + "; build it here");
  }
  if (header.e_type != ET_DYN) {
    return refused("is an ELF file, but not a shared library; build it with g++ -shared -fPIC");
  }

  ElfFile elf;
  std::uint64_t needed = header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    const std::uint64_t offset = header.e_phoff + i * sizeof part;
    if (!file.read(offset, &part, sizeof part)) return cut_short(file, offset + sizeof part);
    if (part.p_type == PT_LOAD) needed = std::max(needed, part.p_offset + part.p_filesz);
    if (part.p_type != PT_NOTE || !elf.build_id.empty()) continue;
    if (auto build_id = build_id_in(file, part)) elf.build_id = std::move(*build_id);
  }
  if (needed > file.size()) return cut_short(file, needed);
  return elf;
}

}  // namespace penstock
