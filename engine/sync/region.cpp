#include "sync/region.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

namespace penstock::sync {
namespace {

constexpr std::uint64_t kMagic = 0x4f4b434f54534e50;  // "PNSTOCKO"
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

struct Header {
  std::uint64_t magic;
  std::uint64_t id;
  Kind kind;
};
static_assert(sizeof(Header) <= Region::kHeaderBytes);

Result<ipc::Mapping> map(const UniqueFd& fd, std::size_t bytes) {
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (data == MAP_FAILED) {
    return Error(Status::lack, "a shared object: mapping " + std::to_string(bytes) +
                                   " bytes failed: " + errno_text(errno));
  }
  return ipc::Mapping(static_cast<std::byte*>(data), bytes);
}

Error strange(const char* what) {
  return Error(Status::gave_up, "a shared object came in a descriptor that " + std::string(what));
}

}  // namespace

Result<Region> Region::create(Kind kind, std::uint64_t id, std::size_t bytes) {
  const std::size_t most = SIZE_MAX / 2;  // which is refused below
  const std::size_t whole = ipc::round_to_pages(kHeaderBytes + std::min(bytes, most));
  auto fd = ipc::create_extent(whole);
  if (!fd) return fd.error();
  if (::fcntl(fd->get(), F_ADD_SEALS, kSeals) != 0) {
    return Error(Status::lack, "a shared object could not be sealed: " + errno_text(errno));
  }
  auto mapping = map(*fd, whole);
  if (!mapping) return mapping.error();
  *reinterpret_cast<Header*>(mapping->data()) = {kMagic, id, kind};
  return Region(*std::move(fd), *std::move(mapping));
}

Result<Region> Region::open(UniqueFd fd, Kind kind, std::uint64_t id) {
  struct stat status {};
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) return strange("is not sealed");
  if (::fstat(fd.get(), &status) != 0) return strange("has no size");
  const auto whole = static_cast<std::size_t>(status.st_size);
  if (whole == 0 || whole != ipc::round_to_pages(whole)) return strange("has a size of its own");
  auto mapping = map(fd, whole);
  if (!mapping) return mapping.error();
  const Header header = *reinterpret_cast<const Header*>(mapping->data());
  if (header.magic != kMagic) return strange("holds something else");
  if (header.kind != kind || header.id != id) return strange("holds another object");
  return Region(std::move(fd), *std::move(mapping));
}

Result<Region> Region::open_only(std::vector<UniqueFd> fds, Kind kind, std::uint64_t id,
                                 std::size_t bytes) {
  if (fds.size() != 1) {
    return Error(Status::gave_up, "a shared object came with " + std::to_string(fds.size()) +
                                      " descriptors instead of one");
  }
  auto region = open(std::move(fds.front()), kind, id);
  if (region && region->size() < bytes) return strange("is too small");
  return region;
}

}  // namespace penstock::sync
