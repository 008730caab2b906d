#include "ipc/extent.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "catch.hpp"

namespace penstock::ipc {
namespace {

constexpr std::size_t kBytes = 64 * 1024;

struct Owned {
  UniqueFd fd = create_extent(kBytes).value();
  Mapping mapping = map_owned(fd, kBytes).value();
};

// The same memory by a descriptor of its own, opened for writing, as any process of this user can.
UniqueFd reopened(const UniqueFd& fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  return UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
}

bool can_map(const UniqueFd& fd, int protection) {
  void* data = ::mmap(nullptr, kBytes, protection, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) return false;
  ::munmap(data, kBytes);
  return true;
}

TEST_CASE("what the owner writes is what a reader reads, in the same memory") {
  Owned owned;
  const Mapping reader = map_readable(owned.fd, kBytes).value();
  std::memcpy(owned.mapping.data() + 100, "before", 6);
  CHECK(std::memcmp(reader.data() + 100, "before", 6) == 0);
  std::memcpy(owned.mapping.data() + 100, "behind", 6);
  CHECK(std::memcmp(reader.data() + 100, "behind", 6) == 0);
  CHECK(reader.size() == kBytes);
  CHECK(reader.contains(reader.data()));
  CHECK_FALSE(reader.contains(reader.data() + kBytes));
}

TEST_CASE("nobody but the owner can write to an extent") {
  const Owned owned;
  const UniqueFd other = reopened(owned.fd);
  REQUIRE(other);
  for (const UniqueFd* fd : {&owned.fd, &other}) {
    CHECK(can_map(*fd, PROT_READ));
    CHECK_FALSE(can_map(*fd, PROT_READ | PROT_WRITE));
    CHECK(errno == EPERM);
    CHECK(::pwrite(fd->get(), "x", 1, 0) == -1);
    CHECK(map_owned(*fd, kBytes).has_error());
  }
}

TEST_CASE("a reader's mapping cannot be made writable") {
  const Owned owned;
  const Mapping reader = map_readable(owned.fd, kBytes).value();
  CHECK(::mprotect(reader.data(), kBytes, PROT_READ | PROT_WRITE) == -1);
}

TEST_CASE("nobody can make an extent smaller or larger, punch holes or lift the seals") {
  const Owned owned;
  const UniqueFd other = reopened(owned.fd);
  for (const UniqueFd* fd : {&owned.fd, &other}) {
    CHECK(::ftruncate(fd->get(), 0) == -1);
    CHECK(::ftruncate(fd->get(), 2 * kBytes) == -1);
    CHECK(::fallocate(fd->get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == -1);
    CHECK(::fcntl(fd->get(), F_ADD_SEALS, F_SEAL_WRITE) == -1);
  }
  CHECK(check_extent(owned.fd, kBytes).has_value());
}

TEST_CASE("an extent that its owner has not sealed is refused") {
  const UniqueFd fd = create_extent(kBytes).value();
  const auto mapped = map_readable(fd, kBytes);
  REQUIRE(mapped.has_error());
  CHECK(std::string(mapped.error().what()) ==
        "shared memory: an extent was used before its owner sealed it");
  CHECK(map_unsealed(fd, kBytes).has_value());
}

TEST_CASE("an extent of another size is refused") {
  const Owned owned;
  for (const std::size_t wrong : {kBytes - 4096, kBytes + 1, 2 * kBytes, std::size_t{0}}) {
    CAPTURE(wrong);
    CHECK(map_readable(owned.fd, wrong).has_error());
    CHECK(check_extent(owned.fd, wrong).has_error());
  }
}

TEST_CASE("what is no extent at all is refused") {
  const UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK(check_extent(file, kBytes).has_error());
  CHECK(map_readable(file, kBytes).has_error());
}

TEST_CASE("an extent is reserved in full before it is used") {
  const UniqueFd fd = create_extent(kBytes + 1).value();
  struct stat status {};
  REQUIRE(::fstat(fd.get(), &status) == 0);
  CHECK(static_cast<std::size_t>(status.st_size) == round_to_pages(kBytes + 1));
  CHECK(status.st_blocks * 512 == status.st_size);
}

TEST_CASE("bytes are copied out of an extent, and none from behind its end") {
  Owned owned;
  std::memcpy(owned.mapping.data() + kBytes - 4, "tail", 4);
  std::byte bytes[4];
  REQUIRE(read_extent(owned.fd, kBytes - 4, bytes).has_value());
  CHECK(std::memcmp(bytes, "tail", 4) == 0);
  CHECK(read_extent(owned.fd, kBytes - 3, bytes).has_error());
  CHECK(read_extent(owned.fd, UINT64_MAX, bytes).has_error());
  CHECK(read_extent(owned.fd, kBytes, {}).has_value());
}

}  // namespace
}  // namespace penstock::ipc
