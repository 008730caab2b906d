// What Value, Array, SharedMemory and SharedMap have in common: a lock beside the data. It is what
// std::scoped_lock and its kin take:
//
//   std::scoped_lock guard(total.get_lock(), rows.get_lock());
//
// The lock is recursive, as in Python: whoever has it may call everything that takes it. It keeps
// out only those who take it as well. If its holder dies, the next one gets it at once, and
// abandoned() tells that one: what the dead one was about to write may be there in part.
//
// Functions throw SyncError: unlock() in a thread that does not have it. Any thread and process.
#pragma once

#include <penstock/object.hpp>
#include <penstock/sync_data.h>
#include <penstock/wire.hpp>

#include <cstddef>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE DataLock : public sdk::Object {
 public:
  void lock() const { sdk::check(functions().lock(handle(), sdk::forever)); }
  bool try_lock() const { return sdk::in_time(functions().lock(handle(), 0)); }
  // False: not within that time.
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> timeout) const {
    return sdk::in_time(functions().lock(handle(), sdk::nanoseconds(timeout)));
  }
  template <class Clock, class Duration>
  bool try_lock_until(std::chrono::time_point<Clock, Duration> time) const {
    return try_lock_for(time - Clock::now());
  }
  void unlock() const { sdk::check(functions().unlock(handle())); }

  // For the thread that has it, until it gives it back: whether the one before died with it.
  bool abandoned() const {
    std::int32_t answer = 0;
    sdk::check(functions().abandoned(handle(), &answer));
    return answer != 0;
  }

 protected:
  DataLock() = default;
  explicit DataLock(sdk::Object&& object) : Object(std::move(object)) {}

  static const penstock_memory_functions& functions() { return *sdk::sync().memory; }
};

namespace sdk {

// What may lie in memory that processes share: no pointers of one of them, nothing to be destroyed.
template <class T>
concept Shareable = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                    !std::is_reference_v<T> && alignof(T) <= 64;

// The name of a layout: processes that share memory must mean the same by it.
template <Shareable T>
std::string layout_of() {
  if constexpr (std::same_as<T, bool> || Number<T>) {
    return std::string(packed_scalars[static_cast<std::size_t>(packed_scalar<T>())]);
  } else if constexpr (std::is_enum_v<T>) {
    return "enum_" + layout_of<std::underlying_type_t<T>>();
  } else if constexpr (Packed<T>) {
    return to_string(packed_type<T>());
  } else {
    return "struct_" + std::to_string(sizeof(T));
  }
}

// The bytes of a memory object; the classes of what lies in them are derived from it.
class PENSTOCK_TYPE Memory : public DataLock {
 public:
  static constexpr penstock_object_kind kind = PENSTOCK_MEMORY;

  Memory(const Memory&) = default;
  Memory(Memory&& other) noexcept
      : DataLock(std::move(other)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Memory& operator=(Memory other) noexcept {
    DataLock::operator=(std::move(other));
    data_ = other.data_;
    size_ = other.size_;
    return *this;
  }
  ~Memory() = default;

  DataLock& get_lock() { return *this; }
  const DataLock& get_lock() const { return *this; }

 protected:
  Memory() = default;
  explicit Memory(std::uint64_t bytes)
      : Memory(made([&] { return functions().create(bytes); })) {}
  explicit Memory(Object&& object) : DataLock(std::move(object)) {
    if (!valid()) return;
    data_ = static_cast<std::byte*>(functions().data(handle()));
    size_ = functions().bytes(handle());
  }

  // Where at least `bytes` must be, one element as `holder` counts them.
  void demand(std::uint64_t bytes, std::string_view holder) const {
    if (!valid() || size_ >= bytes) return;
    throw SyncError(std::string(holder) + " of " + std::to_string(bytes) +
                    " bytes is sought in shared memory that has " + std::to_string(size_));
  }

  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

}  // namespace sdk
}  // namespace penstock
