#include "ipc/extent.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/memory.hpp"
#include "base/units.hpp"

namespace penstock::ipc {
namespace {

#ifndef F_SEAL_FUTURE_WRITE
constexpr int F_SEAL_FUTURE_WRITE = 0x0010;
#endif

constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW;
constexpr int kOwnerSeals = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
constexpr int kSeals = kSizeSeals | kOwnerSeals;

// A memfd has no limit of its own: reserving more than there is would end processes of the machine,
// not the call. For less than this, the question costs more than it is worth.
constexpr std::size_t kWorthAsking = std::size_t{8} << 20;

Error lack(const char* what, std::size_t bytes) {
  return Error(Status::lack, "shared memory: " + std::string(what) + " of " +
                                 std::to_string(bytes) + " bytes failed: " + std::strerror(errno) +
                                 "; lower `memory` or free some");
}

}  // namespace

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

std::size_t round_to_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

Result<UniqueFd> create_extent(std::size_t bytes) {
  if (bytes >= kWorthAsking) {
    if (const std::uint64_t free = free_memory(); bytes > free) {
      return Error(Status::lack, "shared memory: " + size_text(bytes) + " are wanted, and " +
                                     size_text(free) + " are free");
    }
  }
  bytes = round_to_pages(bytes);
  UniqueFd fd(::memfd_create("penstock", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return lack("creating an extent", bytes);
  int result = 0;
  do {
    result = ::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  if (result != 0) return lack("reserving an extent", bytes);
  if (::fcntl(fd.get(), F_ADD_SEALS, kSizeSeals) != 0) return lack("sealing an extent", bytes);
  return fd;
}

Result<Mapping> map_owned(const UniqueFd& extent, std::size_t bytes) {
  bytes = round_to_pages(bytes);
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, extent.get(), 0);
  if (data == MAP_FAILED) return lack("mapping an extent", bytes);
  Mapping mapping(static_cast<std::byte*>(data), bytes);
  if (::fcntl(extent.get(), F_ADD_SEALS, kOwnerSeals) != 0) return lack("sealing an extent", bytes);
  return mapping;
}

Result<void> check_extent(const UniqueFd& extent, std::size_t bytes) {
  struct stat status {};
  const int seals = ::fcntl(extent.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) {
    return Error(Status::gave_up, "shared memory: an extent was used before its owner sealed it");
  }
  if (::fstat(extent.get(), &status) != 0 ||
      static_cast<std::size_t>(status.st_size) != round_to_pages(bytes)) {
    return Error(Status::gave_up, "shared memory: an extent does not have the size granted");
  }
  return {};
}

Result<Mapping> map_readable(const UniqueFd& extent, std::size_t bytes) {
  if (auto checked = check_extent(extent, bytes); !checked) return checked.error();
  return map_unsealed(extent, bytes);
}

Result<Mapping> map_unsealed(const UniqueFd& extent, std::size_t bytes) {
  bytes = round_to_pages(bytes);
  void* data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, extent.get(), 0);
  if (data == MAP_FAILED) return lack("mapping an extent", bytes);
  return Mapping(static_cast<std::byte*>(data), bytes);
}

Result<void> read_extent(const UniqueFd& extent, std::uint64_t offset, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(extent.get(), into.data() + done, into.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      return Error(Status::gave_up,
                   "shared memory: reading a payload failed: " +
                       std::string(n < 0 ? std::strerror(errno) : "end of extent"));
    }
    done += static_cast<std::size_t>(n);
  }
  return {};
}

}  // namespace penstock::ipc
