// The part of the C table for objects that one waits for.
#include <penstock/sync_locks.h>

#include "sync/barrier.hpp"
#include "sync/condition.hpp"
#include "sync/event.hpp"
#include "sync/mutex.hpp"
#include "sync/semaphore.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

constexpr std::int32_t kOk = PENSTOCK_SYNC_OK;

std::int32_t result_of(const Result<bool>& in_time) {
  if (!in_time) return fail(in_time.error());
  return *in_time ? PENSTOCK_SYNC_OK : PENSTOCK_SYNC_TIMED_OUT;
}

std::int32_t result_of(const Result<void>& done) {
  return done ? kOk : fail(done.error());
}

penstock_object* create_mutex(std::int32_t recursive) {
  return guarded_handle([&] {
    return handle_of(Mutex::create(recursive != 0 ? Kind::recursive_mutex : Kind::mutex));
  });
}

std::int32_t mutex_lock(penstock_object* mutex, std::int64_t timeout) {
  return guarded([&] { return result_of(native<Mutex>(mutex).lock(deadline_of(timeout))); });
}

std::int32_t mutex_unlock(penstock_object* mutex) {
  return guarded([&] { return result_of(native<Mutex>(mutex).unlock()); });
}

std::int32_t mutex_abandoned(penstock_object* mutex, std::int32_t* abandoned) {
  return guarded([&] {
    const auto answer = native<Mutex>(mutex).abandoned();
    if (!answer) return fail(answer.error());
    *abandoned = *answer ? 1 : 0;
    return kOk;
  });
}

penstock_object* create_semaphore(std::uint32_t value, std::int32_t bounded) {
  return guarded_handle([&] {
    return handle_of(
        Semaphore::create(bounded != 0 ? Kind::bounded_semaphore : Kind::semaphore, value));
  });
}

std::int32_t semaphore_acquire(penstock_object* semaphore, std::int64_t timeout) {
  return guarded(
      [&] { return result_of(native<Semaphore>(semaphore).acquire(deadline_of(timeout))); });
}

std::int32_t semaphore_release(penstock_object* semaphore, std::uint32_t count) {
  return guarded([&] { return result_of(native<Semaphore>(semaphore).release(count)); });
}

std::uint32_t semaphore_value(const penstock_object* semaphore) {
  return native<Semaphore>(semaphore).value();
}

penstock_object* create_condition(penstock_object* mutex) {
  return guarded_handle([&]() -> penstock_object* {
    if (mutex != nullptr) {
      return handle_of(Condition::create(std::static_pointer_cast<Mutex>(mutex->object)));
    }
    auto own = Mutex::create(Kind::recursive_mutex);
    if (!own) {
      fail(own.error());
      return nullptr;
    }
    const ObjectRef known = make_known(*std::move(own));
    return handle_of(Condition::create(std::static_pointer_cast<Mutex>(known)));
  });
}

penstock_object* condition_mutex(penstock_object* condition) {
  return guarded_handle([&] { return new penstock_object(native<Condition>(condition).mutex()); });
}

std::int32_t condition_wait(penstock_object* condition, std::int64_t timeout) {
  return guarded(
      [&] { return result_of(native<Condition>(condition).wait(deadline_of(timeout))); });
}

std::int32_t condition_notify(penstock_object* condition, std::uint32_t count) {
  return guarded([&] {
    native<Condition>(condition).notify(count);
    return kOk;
  });
}

penstock_object* create_event() {
  return guarded_handle([] { return handle_of(Event::create()); });
}

std::int32_t event_set(penstock_object* event) {
  return guarded([&] {
    native<Event>(event).set();
    return kOk;
  });
}

std::int32_t event_clear(penstock_object* event) {
  return guarded([&] {
    native<Event>(event).clear();
    return kOk;
  });
}

std::int32_t event_is_set(const penstock_object* event) {
  return native<Event>(event).is_set() ? 1 : 0;
}

std::int32_t event_wait(penstock_object* event, std::int64_t timeout) {
  return guarded([&] { return result_of(native<Event>(event).wait(deadline_of(timeout))); });
}

penstock_object* create_barrier(std::uint32_t parties, std::int64_t patience) {
  return guarded_handle(
      [&] { return handle_of(Barrier::create(parties, std::chrono::nanoseconds(patience))); });
}

std::int32_t barrier_wait(penstock_object* barrier, std::int64_t timeout,
                          std::int32_t (*action)(void* data), void* data, std::uint32_t* place) {
  return guarded([&]() -> std::int32_t {
    Barrier& it = native<Barrier>(barrier);
    const Deadline deadline =
        timeout == PENSTOCK_BARRIER_PATIENCE ? deadline_after(it.patience()) : deadline_of(timeout);
    std::function<bool()> act;
    if (action != nullptr) act = [&] { return action(data) == 0; };
    const auto came = it.wait(deadline, act);
    if (!came) return PENSTOCK_SYNC_CLOSED;
    *place = *came;
    return kOk;
  });
}

std::int32_t barrier_abort(penstock_object* barrier) {
  return guarded([&] {
    native<Barrier>(barrier).abort();
    return kOk;
  });
}

std::int32_t barrier_reset(penstock_object* barrier) {
  return guarded([&] {
    native<Barrier>(barrier).reset();
    return kOk;
  });
}

std::int32_t barrier_broken(const penstock_object* barrier) {
  return native<Barrier>(barrier).broken() ? 1 : 0;
}

std::uint32_t barrier_parties(const penstock_object* barrier) {
  return native<Barrier>(barrier).parties();
}

std::uint32_t barrier_waiting(const penstock_object* barrier) {
  return native<Barrier>(barrier).waiting();
}

}  // namespace

const penstock_lock_functions lock_functions = {
    sizeof(penstock_lock_functions),
    0,
    create_mutex,
    mutex_lock,
    mutex_unlock,
    mutex_abandoned,
    create_semaphore,
    semaphore_acquire,
    semaphore_release,
    semaphore_value,
    create_condition,
    condition_mutex,
    condition_wait,
    condition_notify,
    create_event,
    event_set,
    event_clear,
    event_is_set,
    event_wait,
    create_barrier,
    barrier_wait,
    barrier_abort,
    barrier_reset,
    barrier_broken,
    barrier_parties,
    barrier_waiting,
};

}  // namespace penstock::sync
