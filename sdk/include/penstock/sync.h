/* Penstock: objects that processes share on purpose, in plain C. It is an extension of the contract
 * in <penstock/plugin.h>: a worker hands the table out as `host->extension(self, "penstock.sync")`,
 * and a program that links the library has it from penstock_sync_functions(). C++ authors include
 * the headers next to it, <penstock/mutex.hpp> and so on, which use nothing else.
 *
 * Ownership  A penstock_object is one process's handle of a shared object. Whoever gets one from a
 *            function that says so drops it again; the object lives as long as any process has a
 *            handle of it.
 * Failure    Functions return a penstock_sync_result. After PENSTOCK_SYNC_ERROR, `error` tells why:
 *            a text of the calling thread, which lives until its next call of any of these.
 * Threads    All of them may be called from any thread, unless it is said otherwise.
 * Time       A time-out is in nanoseconds; negative: for ever. 0 never waits.
 * Deaths     Nothing here is blocked for ever by the death of a process that holds an object. */
#ifndef PENSTOCK_SYNC_H
#define PENSTOCK_SYNC_H

#include <penstock/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PENSTOCK_SYNC_EXTENSION "penstock.sync"
#define PENSTOCK_SYNC_VERSION 1u

typedef struct penstock_object penstock_object;

enum penstock_sync_result {
  PENSTOCK_SYNC_OK = 0,
  PENSTOCK_SYNC_TIMED_OUT = 1, /* also: not at once, where nothing is waited for               */
  PENSTOCK_SYNC_CLOSED = 2,    /* closed, broken, or the other side is gone                    */
  PENSTOCK_SYNC_ERROR = 3,     /* misuse, or a lack; `error` tells                             */
  PENSTOCK_SYNC_ABSENT = 4     /* there is no such key                                         */
};

enum penstock_object_kind {
  PENSTOCK_MUTEX = 1,
  PENSTOCK_RECURSIVE_MUTEX = 2,
  PENSTOCK_SEMAPHORE = 3,
  PENSTOCK_BOUNDED_SEMAPHORE = 4,
  PENSTOCK_CONDITION = 5,
  PENSTOCK_EVENT = 6,
  PENSTOCK_BARRIER = 7,
  PENSTOCK_MEMORY = 8, /* a value, an array, or just bytes                                      */
  PENSTOCK_QUEUE = 9,
  PENSTOCK_MAP = 10,
  PENSTOCK_CONNECTION = 11
};

/* Functions of one or several kinds each stand in a table of their own, whose first member is its
 * size; tables, and this one, grow only at their end. */
typedef struct penstock_lock_functions penstock_lock_functions;
typedef struct penstock_memory_functions penstock_memory_functions;
typedef struct penstock_queue_functions penstock_queue_functions;
typedef struct penstock_map_functions penstock_map_functions;
typedef struct penstock_connection_functions penstock_connection_functions;

typedef struct penstock_sync {
  uint32_t size; /* sizeof(penstock_sync) of the host */
  uint32_t version;

  penstock_text (*error)(void);

  /* Another handle of the same object, to be dropped; and dropping one. */
  penstock_object *(*copy)(penstock_object *object);
  void (*drop)(penstock_object *object);
  uint64_t (*id)(const penstock_object *object);

  /* For values that name an object: notes on this thread that the value which is being written
   * brings the object along. PENSTOCK_SYNC_ERROR where nothing that is written now can. */
  int32_t (*mention)(penstock_object *object);
  /* A handle, to be dropped, of the object with this id that came with the call in hand. NULL: none
   * such came, or it is of another kind. */
  penstock_object *(*find)(uint64_t id, uint32_t kind);
  /* The same for one of those that the pipeline file lists under `shared`, by its name. */
  penstock_object *(*named)(penstock_text name, uint32_t kind);

  const penstock_lock_functions *locks; /* mutexes, semaphores, conditions, events, barriers    */
  const penstock_memory_functions *memory;
  const penstock_queue_functions *queues;
  const penstock_map_functions *maps;
  const penstock_connection_functions *connections;
} penstock_sync;

/* Of the library; in a plugin this is not there (NULL). */
extern PENSTOCK_EXPORT const penstock_sync *penstock_sync_functions(void) __attribute__((weak));

#ifdef __cplusplus
}
#endif
#endif
