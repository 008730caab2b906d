/* Penstock: the functions of shared objects that one waits for: mutexes, semaphores, conditions,
 * events, barriers. They are a part of the table in <penstock/sync.h>, whose rules hold here, too.
 * It grows only at its end.
 *
 * `create_` functions return a handle of a new object, to be dropped; NULL: `error` tells. A
 * function is given objects of the kind that its name says, and of no other. */
#ifndef PENSTOCK_SYNC_LOCKS_H
#define PENSTOCK_SYNC_LOCKS_H

#include <penstock/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PENSTOCK_NOTIFY_ALL UINT32_MAX
/* A time-out of barrier_wait: the one that the barrier was made with. */
#define PENSTOCK_BARRIER_PATIENCE INT64_MIN

struct penstock_lock_functions {
  uint32_t size; /* sizeof(penstock_lock_functions) of the host */
  uint32_t reserved;

  /* ---- Mutexes, plain and recursive ------------------------------------------------------------
   * One thread has it. When that thread dies, with its process or alone, the next one gets it. */
  penstock_object *(*create_mutex)(int32_t recursive);
  /* An error if the thread has it already, unless it is recursive or the time-out is 0. */
  int32_t (*mutex_lock)(penstock_object *mutex, int64_t timeout);
  int32_t (*mutex_unlock)(penstock_object *mutex); /* an error if this thread does not have it    */
  /* For the thread that has it: 1 if the one before died with it. */
  int32_t (*mutex_abandoned)(penstock_object *mutex, int32_t *abandoned);

  /* ---- Semaphores, plain and bounded -----------------------------------------------------------
   * What a process has acquired and not released, its death releases. */
  penstock_object *(*create_semaphore)(uint32_t value, int32_t bounded);
  int32_t (*semaphore_acquire)(penstock_object *semaphore, int64_t timeout);
  /* A bounded one refuses to be released beyond the value that it began with. */
  int32_t (*semaphore_release)(penstock_object *semaphore, uint32_t count);
  uint32_t (*semaphore_value)(const penstock_object *semaphore);

  /* ---- Conditions ------------------------------------------------------------------------------
   * Each has a mutex: the one given, or, for NULL, a recursive one of its own. */
  penstock_object *(*create_condition)(penstock_object *mutex);
  penstock_object *(*condition_mutex)(penstock_object *condition); /* a handle, to be dropped     */
  /* The thread has the mutex, before and after; in between it is free. OK: it was notified. */
  int32_t (*condition_wait)(penstock_object *condition, int64_t timeout);
  /* Those who have waited longest; with or without the mutex. */
  int32_t (*condition_notify)(penstock_object *condition, uint32_t count);

  /* ---- Events ------------------------------------------------------------------------------- */
  penstock_object *(*create_event)(void);
  int32_t (*event_set)(penstock_object *event);
  int32_t (*event_clear)(penstock_object *event);
  int32_t (*event_is_set)(const penstock_object *event); /* 1: set                                */
  int32_t (*event_wait)(penstock_object *event, int64_t timeout);

  /* ---- Barriers --------------------------------------------------------------------------------
   * Waits until `parties` wait. The last one to come runs its `action`, if it has one, before the
   * others go on; one that returns something else than 0 breaks the barrier. `place` tells them
   * apart: 0 to parties - 1. CLOSED: the barrier is broken, by a time-out or a death or abort(). */
  penstock_object *(*create_barrier)(uint32_t parties, int64_t patience);
  int32_t (*barrier_wait)(penstock_object *barrier, int64_t timeout, int32_t (*action)(void *data),
                          void *data, uint32_t *place);
  int32_t (*barrier_abort)(penstock_object *barrier);
  int32_t (*barrier_reset)(penstock_object *barrier);
  int32_t (*barrier_broken)(const penstock_object *barrier); /* 1: broken                         */
  uint32_t (*barrier_parties)(const penstock_object *barrier);
  uint32_t (*barrier_waiting)(const penstock_object *barrier);
};

#ifdef __cplusplus
}
#endif
#endif
