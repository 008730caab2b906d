// What all shared objects (Mutex, Queue, Value, ...) have in common: a handle that can be copied,
// compared, and passed to tasks as an argument. Copies are handles of the same object; the object
// lives as long as any process has one. Any thread.
//
// Where they come from: a program that links the library makes them; a task gets them as arguments,
// or by the name that stands under `shared` in the pipeline file: Mutex::named("log"). Functions
// throw SyncError for misuse or for want of memory or descriptors.
#pragma once

#include <penstock/codec.hpp>
#include <penstock/sync_binding.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE SyncError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Closed, by whomever, or the other side is gone.
class PENSTOCK_TYPE Closed : public SyncError {
 public:
  using SyncError::SyncError;
};

namespace sdk {

inline const penstock_sync& sync() {
  if (bound_sync == nullptr && penstock_sync_functions != nullptr) {
    bound_sync = penstock_sync_functions();
  }
  if (bound_sync == nullptr) {
    throw SyncError(
        "shared objects need a worker that offers them, or a program that links "
        "penstock::penstock");
  }
  return *bound_sync;
}

[[noreturn]] inline void throw_sync_error() {
  const penstock_text why = sync().error();
  throw SyncError(std::string(why.data, why.size));
}

// True: done in time. Throws for all but that and the time-out.
inline bool in_time(std::int32_t result) {
  if (result == PENSTOCK_SYNC_OK) return true;
  if (result == PENSTOCK_SYNC_TIMED_OUT) return false;
  throw_sync_error();
}

inline void check(std::int32_t result) {
  if (result != PENSTOCK_SYNC_OK) throw_sync_error();
}

// For the C table: what has passed is 0, and what does not fit, after some 292 years, is the most.
template <class Rep, class Period>
std::int64_t nanoseconds(std::chrono::duration<Rep, Period> timeout) {
  using std::chrono::nanoseconds;
  if (!(timeout > timeout.zero())) return 0;
  constexpr std::chrono::duration<double> most = nanoseconds::max();
  if (std::chrono::duration<double>(timeout) >= most) return nanoseconds::max().count();
  return std::chrono::ceil<nanoseconds>(timeout).count();
}
inline constexpr std::int64_t forever = -1;

class Object {
 public:
  Object() = default;  // no object
  // A new one, by a function that returns a handle; while a value is being read, none: what has
  // come takes its place.
  template <class Create>
  static Object made(Create create) {
    return Reading::now() ? Object() : Object(create());
  }
  explicit Object(penstock_object* handle) : handle_(handle) {  // takes it over
    if (handle == nullptr) throw_sync_error();
  }
  Object(const Object& other) : handle_(other.handle_ ? sync().copy(other.handle_) : nullptr) {}
  Object(Object&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Object& operator=(Object other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Object() {
    if (handle_ != nullptr) sync().drop(handle_);
  }

  bool valid() const { return handle_ != nullptr; }  // false: none, or moved away
  penstock_object* handle() const {
    if (handle_ == nullptr) throw SyncError("a shared object is used that is none");
    return handle_;
  }
  std::uint64_t id() const { return handle_ == nullptr ? 0 : sync().id(handle_); }
  bool operator==(const Object& other) const { return id() == other.id(); }

 private:
  penstock_object* handle_ = nullptr;
};

// What stands under `shared` in the pipeline file.
inline Object named(std::string_view name, penstock_object_kind kind) {
  return Object(sync().named({name.data(), name.size()}, kind));
}

// What an object holds, as a type on an edge that matches nothing but itself: a queue of ints must
// not be taken for one of floats, though an int may pass where a float is wanted.
inline std::string held_type(std::string_view holder, const std::string& held) {
  std::string name(holder);
  name += '_';
  for (const char c : held) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || name.back() != '_') name += letter ? c : '_';
  }
  return "record{" + name + ":any}";
}

// A class T of shared objects is derived from Object and has
//   static constexpr penstock_object_kind kind
//   static std::string element()     the type of what it holds, as on an edge; empty: nothing
//   explicit T(Object&&)             takes over a handle of that kind
template <class T>
concept SharedObject = std::derived_from<T, Object> && requires {
  { T::kind } -> std::convertible_to<penstock_object_kind>;
};

inline std::string_view kind_name(penstock_object_kind kind) {
  constexpr std::string_view names[] = {
      "",          "mutex",     "recursive_mutex", "semaphore", "bounded_semaphore",
      "condition", "event",     "barrier",         "memory",    "queue",
      "map",       "connection"};
  return names[kind];
}

// On an edge a shared object is a record that only names it. What it holds is part of the type, so
// that a queue of numbers is not taken for one of texts.
template <class T>
struct ObjectCodec {
  static std::string type(int) {
    const std::string held = T::element();
    return "record{shared_" + std::string(kind_name(T::kind)) + ":int" +
           (held.empty() ? "" : ",of:optional<list<" + held + ">>") + "}";
  }
  static void write(CborWriter& out, const T& value) {
    if (sync().mention(value.handle()) != PENSTOCK_SYNC_OK) throw_sync_error();
    out.map(1);
    out.text("shared_" + std::string(kind_name(T::kind)));
    out.integer(static_cast<std::int64_t>(value.id()));
  }
  static void read(CborReader& in, T& value) {
    const std::size_t count = take(in, DatumKind::map).count;
    for (std::size_t i = 0; i != count; ++i) {
      const bool names_it = take(in, DatumKind::text).content.starts_with("shared_");
      CborHead head;
      if (!in.next(head)) throw Malformed(std::string("a value is damaged: ") + in.error());
      if (!names_it) continue;
      const auto id = static_cast<std::uint64_t>(head.integer.to_signed().value_or(0));
      penstock_object* handle = sync().find(id, T::kind);
      if (handle == nullptr) throw_sync_error();
      value = T(Object(handle));
    }
  }
};
template <SharedObject T>
struct Codec<T> : ObjectCodec<T> {};

}  // namespace sdk
}  // namespace penstock
