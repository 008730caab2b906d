// The C table of shared objects, penstock/sync.h, over the native ones: what its parts have in
// common. Each table_<kinds>.cpp defines one of the sub-tables below; table.cpp puts them together.
//
// Nothing that is thrown leaves a function of the table: guarded() turns it into an error's text,
// which belongs to the calling thread.
#pragma once

#include <penstock/sync.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "sync/monitor.hpp"
#include "sync/object.hpp"

// One handle. Whoever gets one drops it.
struct penstock_object {
  explicit penstock_object(penstock::sync::ObjectRef one) : object(std::move(one)) {
    object->handle_made();
  }
  penstock_object(const penstock_object&) = delete;
  penstock_object& operator=(const penstock_object&) = delete;
  ~penstock_object() { object->handle_dropped(); }

  const penstock::sync::ObjectRef object;
};

namespace penstock::sync {

extern const penstock_lock_functions lock_functions;
extern const penstock_memory_functions memory_functions;
extern const penstock_queue_functions queue_functions;
extern const penstock_map_functions map_functions;
extern const penstock_connection_functions connection_functions;

// Keeps the text for error() and returns PENSTOCK_SYNC_ERROR.
std::int32_t fail(std::string text);
std::int32_t fail(const Error& error);

// Runs `body`, which returns a penstock_sync_result.
template <class Body>
std::int32_t guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    return fail(e.what());
  }
}

// The same for a `body` that returns a new handle, or null after fail().
template <class Body>
penstock_object* guarded_handle(Body&& body) noexcept {
  penstock_object* handle = nullptr;
  guarded([&] {
    handle = body();
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
  return handle;
}

// A new handle of what was made; null after an error. Makes it known, a connection aside.
template <class T>
penstock_object* handle_of(Result<std::shared_ptr<T>> made) {
  if (!made) {
    fail(made.error());
    return nullptr;
  }
  ObjectRef object = *std::move(made);
  if (object->kind() != Kind::connection) object = make_known(std::move(object));
  return new penstock_object(std::move(object));
}

// The native object; the caller's wrapper has seen to its kind.
template <class T>
T& native(const penstock_object* handle) {
  return static_cast<T&>(*handle->object);
}

inline Deadline deadline_of(std::int64_t timeout_ns) {
  return deadline_after(std::chrono::nanoseconds(timeout_ns));
}

}  // namespace penstock::sync
