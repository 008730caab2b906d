// Memory that several processes may write: one memfd, reserved in full before use and sealed
// against a change of its size, so that no access to it can raise SIGBUS. It has no name; the last
// close or the last death frees it. Begins with a header that says what it holds. Move-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "ipc/extent.hpp"
#include "sync/object.hpp"

namespace penstock::sync {

class Region {
 public:
  static constexpr std::size_t kHeaderBytes = 64;

  // `bytes` behind the header, all zero. Fails with Status::lack, and says how much was wanted.
  static Result<Region> create(Kind kind, std::uint64_t id, std::size_t bytes);
  // Checks size, seals, kind and id.
  static Result<Region> open(UniqueFd fd, Kind kind, std::uint64_t id);
  // The same for an object that is just one region, with at least so many bytes.
  static Result<Region> open_only(std::vector<UniqueFd> fds, Kind kind, std::uint64_t id,
                                  std::size_t bytes);

  std::byte* data() const { return mapping_.data() + kHeaderBytes; }
  std::size_t size() const { return mapping_.size() - kHeaderBytes; }  // at least what was asked
  int fd() const { return fd_.get(); }

  template <class T>
  T& as() const {
    static_assert(alignof(T) <= kHeaderBytes);
    return *reinterpret_cast<T*>(data());
  }

 private:
  Region(UniqueFd fd, ipc::Mapping mapping) : fd_(std::move(fd)), mapping_(std::move(mapping)) {}

  UniqueFd fd_;
  ipc::Mapping mapping_;
};

}  // namespace penstock::sync
