// Zeroed memory of a test and the processes that it starts, gone with the test.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace penstock::sync {

template <class T>
class SharedTable {
 public:
  explicit SharedTable(std::size_t count) : count_(count) {
    void* data = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(data);
  }
  ~SharedTable() { ::munmap(data_, count_ * sizeof(T)); }
  SharedTable(const SharedTable&) = delete;
  SharedTable& operator=(const SharedTable&) = delete;

  T& operator[](std::size_t i) { return data_[i]; }
  std::size_t size() const { return count_; }

 private:
  T* data_;
  std::size_t count_;
};

}  // namespace penstock::sync
