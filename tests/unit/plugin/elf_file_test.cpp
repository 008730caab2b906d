#include "plugin/elf_file.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "catch.hpp"

using namespace penstock;

namespace {

// A folder that goes when the test ends.
struct Folder {
  Folder() {
    char name[] = "/tmp/penstock-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }

  std::filesystem::path file(const std::string& content) const {
    const auto name = path / "libx.so";
    std::ofstream(name, std::ios::binary) << content;
    return name;
  }

  std::filesystem::path path;
};

std::string plain() {
  std::ostringstream text;
  text << std::ifstream(PLAIN_PLUGIN, std::ios::binary).rdbuf();
  return text.str();
}

std::string reason(const std::filesystem::path& path) {
  const auto elf = read_elf_file(path);
  return elf ? "accepted" : elf.error().what();
}

template <class Header>
std::string changed(void (*change)(Header&)) {
  std::string bytes = plain();
  Header header;
  bytes.copy(reinterpret_cast<char*>(&header), sizeof header);
  change(header);
  return bytes.replace(0, sizeof header, reinterpret_cast<char*>(&header), sizeof header);
}

}  // namespace

TEST_CASE("the build id of a library is read without loading it") {
  const auto elf = read_elf_file(PLAIN_PLUGIN);
  REQUIRE(elf.has_value());
  CHECK(elf->build_id == "0123456789abcdef");
}

TEST_CASE("what is not a library of this machine is refused with the reason") {
  const Folder folder;
  CHECK(reason(folder.path / "none.so") == "there is no such file");
  CHECK(reason(folder.path) == "is a folder, not a library");
  CHECK(reason("/dev/null") == "is a device, not a library");
  CHECK(reason(folder.file("")) == "is empty; build it with g++ -shared -fPIC");
  CHECK(reason(folder.file("#!/bin/sh\necho hello\n")) ==
        "is not a shared library: it begins with '#!/bin/sh?echo h'; build it with "
        "g++ -shared -fPIC");
  const auto fifo = folder.path / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(reason(fifo) == "is a FIFO, not a library");
  const auto loop = folder.path / "loop";
  std::filesystem::create_symlink(loop, loop);
  CHECK(reason(loop) == "the file cannot be opened: too many levels of symbolic links");

  CHECK(reason(folder.file(changed<Elf64_Ehdr>([](auto& h) {
          h.e_machine = EM_RISCV;
        }))).starts_with("is built for RISC-V, this machine is "));
  CHECK(reason(folder.file(changed<Elf64_Ehdr>([](auto& h) {
          h.e_ident[EI_CLASS] = ELFCLASS32;
        }))) == "is built for another machine: not a 64-bit little-endian one");
  CHECK(reason(folder.file(changed<Elf64_Ehdr>([](auto& h) { h.e_type = ET_REL; }))) ==
        "is an ELF file, but not a shared library; build it with g++ -shared -fPIC");
}

TEST_CASE("a library that is cut short anywhere is refused") {
  const Folder folder;
  const std::string bytes = plain();
  CHECK(reason(folder.file(bytes)) == "accepted");
  for (const std::size_t size :
       {std::size_t{20}, std::size_t{64}, std::size_t{200}, bytes.size() / 2, bytes.size() - 1}) {
    CHECK(reason(folder.file(bytes.substr(0, size)))
              .starts_with("is cut short: it has " + std::to_string(size) + " bytes"));
  }
}

TEST_CASE("a damaged header is read without harm") {
  const Folder folder;
  const std::string bytes = plain();
  for (std::size_t i = 0; i < 600; ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(~damaged[i]);
    const auto elf = read_elf_file(folder.file(damaged));
    if (elf) CHECK(elf->build_id.size() % 2 == 0);
  }
}

TEST_CASE("a file without permission is refused with the reason") {
  const Folder folder;
  const auto file = folder.file(plain());
  ::chmod(file.c_str(), 0);
  if (::geteuid() != 0) CHECK(reason(file) == "the file cannot be read: permission denied");
}
