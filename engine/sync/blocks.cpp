#include "sync/blocks.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace penstock::sync {
namespace {

constexpr std::size_t kKeptOfGiven = 4096;  // the header's page

Error lack(const char* what, std::uint64_t bytes) {
  return Error(Status::lack, "shared memory: " + std::string(what) + " " + std::to_string(bytes) +
                                 " bytes for a queue failed: " + errno_text(errno));
}

Result<void> reserve_range(int fd, std::uint64_t begin, std::uint64_t end) {
  int result = 0;
  do {
    result = ::fallocate(fd, 0, static_cast<off_t>(begin), static_cast<off_t>(end - begin));
  } while (result != 0 && errno == EINTR);
  if (result != 0) return lack("reserving", end - begin);
  return {};
}

}  // namespace

Result<Blocks> Blocks::create() {
  UniqueFd fd(::memfd_create("penstock", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return lack("creating", 0);
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return lack("sealing", 0);
  return Blocks(std::move(fd));
}

Result<Blocks> Blocks::open(UniqueFd fd) {
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return Error(Status::gave_up, "shared memory: that of a queue is not sealed");
  }
  return Blocks(std::move(fd));
}

Blocks::Blocks(Blocks&& other) noexcept : fd_(std::move(other.fd_)) {
  known_.store(other.known_.load());
  for (std::size_t i = 0; i != kWindows; ++i) windows_[i] = other.windows_[i].exchange(nullptr);
}

Blocks::~Blocks() {
  for (std::size_t i = 0; i != kWindows; ++i) {
    if (std::byte* window = windows_[i].load()) ::munmap(window, bytes_of(i));
  }
}

std::uint32_t Blocks::count_in_file() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) return 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size) / kBytes, kMost));
}

std::uint64_t Blocks::memory() const {
  struct stat status {};
  return ::fstat(fd_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_blocks) * 512 : 0;
}

BlockHeader* Blocks::map(std::uint32_t block) {
  const std::uint32_t count = count_in_file();
  if (block >= count) return nullptr;
  const std::size_t window = window_of(block);
  const std::lock_guard lock(mapping_);
  std::byte* data = windows_[window].load(std::memory_order_relaxed);
  if (data == nullptr) {
    // It may reach beyond the end of the file, into which nothing here looks before it is there.
    void* mapped = ::mmap(nullptr, bytes_of(window), PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(),
                          static_cast<off_t>(first_of(window) * kBytes));
    if (mapped == MAP_FAILED) return nullptr;
    data = static_cast<std::byte*>(mapped);
    windows_[window].store(data, std::memory_order_release);
  }
  if (count > known_.load(std::memory_order_relaxed)) {
    known_.store(count, std::memory_order_release);
  }
  return reinterpret_cast<BlockHeader*>(data + (block - first_of(window)) * kBytes);
}

Error Blocks::refusal(std::uint32_t block) const {
  if (block < count_in_file()) {
    errno = ENOMEM;
    return lack("mapping", kBytes);
  }
  return damage(block);
}

Error Blocks::damage(std::uint32_t block) {
  return Error(Status::gave_up, "shared memory: that of a queue is damaged: it names a block " +
                                    std::to_string(block) + ", which is not there");
}

Result<void> Blocks::reserve(std::uint32_t count) {
  const std::uint32_t there = count_in_file();
  if (count <= there) return {};
  return reserve_range(fd_.get(), there * kBytes, count * kBytes);
}

void Blocks::give(std::uint32_t block) {
  BlockHeader* header = at(block);
  if (header == nullptr) return;
  // In this order: whoever dies in between has promised no memory that is not there.
  header->given.store(1);
  ::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(block * kBytes + kKeptOfGiven), kBytes - kKeptOfGiven);
}

Result<void> Blocks::take_back(std::uint32_t block) {
  BlockHeader* header = at(block);
  if (header == nullptr) return refusal(block);
  if (header->given.load() == 0) return {};
  auto reserved =
      reserve_range(fd_.get(), block * kBytes + kKeptOfGiven, (block + std::uint64_t{1}) * kBytes);
  if (reserved) header->given.store(0);
  return reserved;
}

}  // namespace penstock::sync
