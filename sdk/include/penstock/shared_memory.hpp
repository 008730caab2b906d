// Bytes that processes share: Python's SharedMemory.
//
//   penstock::SharedMemory image(width * height * 3);     // all zero
//   std::span<std::byte> pixels = image.span();           // the same bytes in every process
//
// It has no name that could be found, or left behind: it is passed to tasks as an argument, or is
// listed under `shared` in the pipeline file. It lives as long as any process has a handle of it;
// the death of all of them frees it. It is reserved in full when it is made, which throws SyncError
// if there is not that much; using it then never fails. get_lock() is there for those who want it.
#pragma once

#include <penstock/memory.hpp>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE SharedMemory : public sdk::Memory {
 public:
  static std::string element() { return sdk::held_type("bytes", "any"); }

  SharedMemory() : SharedMemory(0) {}
  explicit SharedMemory(std::size_t size) : Memory(size) {}
  explicit SharedMemory(sdk::Object&& object) : Memory(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static SharedMemory named(std::string_view name) { return SharedMemory(sdk::named(name, kind)); }

  std::size_t size() const { return size_; }
  std::byte* data() const { return data_; }  // a multiple of 64
  std::span<std::byte> span() const { return {data_, size_}; }
  std::byte& operator[](std::size_t i) const { return data_[i]; }
};

}  // namespace penstock
