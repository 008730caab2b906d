// The part of the C table for memory, and the locks of what lies in memory that has one.
#include <penstock/sync_data.h>

#include "sync/memory.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

penstock_object* create(std::uint64_t bytes) {
  return guarded_handle([&] { return handle_of(Memory::create(bytes)); });
}

void* data(const penstock_object* memory) {
  return native<Memory>(memory).bytes().data();
}

std::uint64_t bytes(const penstock_object* memory) {
  return native<Memory>(memory).bytes().size();
}

std::int32_t lock(penstock_object* object, std::int64_t timeout) {
  return guarded([&] {
    const auto locked = native<GuardedRegion>(object).lock(deadline_of(timeout));
    if (!locked) return fail(locked.error());
    return std::int32_t{*locked ? PENSTOCK_SYNC_OK : PENSTOCK_SYNC_TIMED_OUT};
  });
}

std::int32_t unlock(penstock_object* object) {
  return guarded([&] {
    const auto unlocked = native<GuardedRegion>(object).unlock();
    return unlocked ? std::int32_t{PENSTOCK_SYNC_OK} : fail(unlocked.error());
  });
}

std::int32_t abandoned(const penstock_object* object, std::int32_t* into) {
  return guarded([&] {
    const auto answer = native<GuardedRegion>(object).abandoned();
    if (!answer) return fail(answer.error());
    *into = *answer ? 1 : 0;
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

}  // namespace

const penstock_memory_functions memory_functions = {
    sizeof(penstock_memory_functions), 0, create, data, bytes, lock, unlock, abandoned,
};

}  // namespace penstock::sync
