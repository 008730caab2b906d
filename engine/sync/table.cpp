#include "sync/table.hpp"

namespace penstock::sync {
namespace {

thread_local std::string last_error;

penstock_text error() {
  return {last_error.data(), last_error.size()};
}

penstock_object* copy(penstock_object* object) {
  return guarded_handle([&] { return new penstock_object(object->object); });
}

void drop(penstock_object* object) {
  delete object;
}

std::uint64_t id(const penstock_object* object) {
  return object->object->id();
}

std::int32_t mention(penstock_object* object) {
  return guarded([&] {
    if (Mentions::add(object->object)) return std::int32_t{PENSTOCK_SYNC_OK};
    return fail(
        "a shared object travels as an argument of a call, or as a part of one; a queue, a pipe or "
        "a map cannot hold it");
  });
}

penstock_object* checked(ObjectRef found, std::uint32_t kind, const std::string& what) {
  if (found == nullptr) {
    fail(what + " is not known here");
    return nullptr;
  }
  if (found->kind() != static_cast<Kind>(kind)) {
    fail(what + " is of another kind");
    return nullptr;
  }
  return new penstock_object(std::move(found));
}

penstock_object* find(std::uint64_t id, std::uint32_t kind) {
  return guarded_handle(
      [&] { return checked(Received::find(id), kind, "the shared object that this value names"); });
}

penstock_object* named(penstock_text name, std::uint32_t kind) {
  return guarded_handle([&] {
    const std::string_view wanted(name.data, name.size);
    return checked(Named::find(wanted), kind, "shared object \"" + std::string(wanted) + '"');
  });
}

constexpr penstock_sync table = {
    sizeof(penstock_sync),
    PENSTOCK_SYNC_VERSION,
    error,
    copy,
    drop,
    id,
    mention,
    find,
    named,

    // locks
    &lock_functions,

    // memory
    &memory_functions,

    // queues
    &queue_functions,

    // maps
    &map_functions,

    // connections
    &connection_functions,
};

}  // namespace

std::int32_t fail(std::string text) {
  last_error = std::move(text);
  return PENSTOCK_SYNC_ERROR;
}

std::int32_t fail(const Error& error) {
  return fail(std::string(error.what()));
}

}  // namespace penstock::sync

const penstock_sync* penstock_sync_functions() {
  return &penstock::sync::table;
}
