// Numbers or structs in a row, in memory that processes share: Python's Array and RawArray, and, as
// an array of structs with fixed texts in them, its ShareableList.
//
//   penstock::Array<double> samples(1000);           // all zero
//   penstock::Array<int> primes{2, 3, 5, 7};
//   samples[3] = 0.5;                                 // in any process
//   for (double& sample : samples) sample *= 2;
//
// T is trivially copyable and has no pointers. The elements are used as they lie there, with
// nothing in between, so writers of the same element have to agree on who does it when:
//
//   std::scoped_lock guard(samples.get_lock());      // those who take it, one at a time
//   std::atomic_ref(samples[3]).fetch_add(1);        // or single elements, atomically
//
// The size is fixed. Copies are handles of the same array; elements live as long as a handle does.
#pragma once

#include <penstock/memory.hpp>

#include <algorithm>
#include <initializer_list>
#include <limits>

namespace penstock PENSTOCK_HIDDEN {

template <class T>
class PENSTOCK_TYPE Array : public sdk::Memory {
  static_assert(sdk::Shareable<T>,
                "penstock: what lies in shared memory is trivially copyable, without pointers");

 public:
  using value_type = T;
  static std::string element() { return sdk::held_type("array", sdk::layout_of<T>()); }

  Array() : Array(0) {}  // of no elements
  explicit Array(std::size_t size) : Memory(bytes_for(size)) {}
  Array(std::initializer_list<T> elements) : Array(std::span<const T>(elements)) {}
  explicit Array(std::span<const T> elements) : Array(elements.size()) {
    if (valid()) std::copy(elements.begin(), elements.end(), begin());
  }
  explicit Array(sdk::Object&& object) : Memory(std::move(object)) {
    if (size_ % sizeof(T) != 0) demand(size_ + 1, "an Array of other elements");
  }
  // The one that stands under `shared` in the pipeline file.
  static Array named(std::string_view name) { return Array(sdk::named(name, kind)); }

  std::size_t size() const { return size_ / sizeof(T); }
  bool empty() const { return size() == 0; }
  T* data() const { return reinterpret_cast<T*>(data_); }
  std::span<T> span() const { return {data(), size()}; }

  // The index is not checked; at() throws std::out_of_range.
  T& operator[](std::size_t i) const { return data()[i]; }
  T& at(std::size_t i) const {
    if (i >= size()) {
      throw std::out_of_range("element " + std::to_string(i) + " of an Array of " +
                              std::to_string(size()));
    }
    return data()[i];
  }
  T& front() const { return data()[0]; }
  T& back() const { return data()[size() - 1]; }
  T* begin() const { return data(); }
  T* end() const { return data() + size(); }

  void fill(const T& value) const { std::fill(begin(), end(), value); }

 private:
  static std::uint64_t bytes_for(std::size_t size) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / sizeof(T);
    if (size > most) throw SyncError("an Array of more elements than an address can count");
    return size * sizeof(T);
  }
};

}  // namespace penstock
