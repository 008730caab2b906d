/* Penstock: the functions of shared objects that hold data: memory, queues, maps. They are parts of
 * the table in <penstock/sync.h>, whose rules hold here, too. Each table grows only at its end. */
#ifndef PENSTOCK_SYNC_DATA_H
#define PENSTOCK_SYNC_DATA_H

#include <penstock/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memory ------------------------------------------------------------------------------------
 * Bytes, all zero at first, reserved in full: using them never fails. Beside them is a recursive
 * lock for those who want one; nobody is forced to take it. */
struct penstock_memory_functions {
  uint32_t size; /* sizeof(penstock_memory_functions) of the host */
  uint32_t reserved;

  penstock_object *(*create)(uint64_t bytes);
  void *(*data)(const penstock_object *memory); /* a multiple of 64                             */
  uint64_t (*bytes)(const penstock_object *memory);

  /* These are for a map, too. A lock is given back by the thread that has it, as often as it took
   * it. `*abandoned`, for that thread: 1 if whoever had it before died with it. */
  int32_t (*lock)(penstock_object *object, int64_t timeout);
  int32_t (*unlock)(penstock_object *object);
  int32_t (*abandoned)(const penstock_object *object, int32_t *abandoned);
};

/* ---- Queues -----------------------------------------------------------------------------------
 * Messages of any number of bytes from any number of producers to any number of consumers, in the
 * order in which they were put. A message is there for everybody when put() has returned. Whoever
 * is killed in put() has put it or not; whoever is killed in get() has taken one or not. */
struct penstock_queue_functions {
  uint32_t size; /* sizeof(penstock_queue_functions) of the host */
  uint32_t reserved;

  /* Of at most `items` messages (0: any number) in at most `bytes` of memory (0: half of what the
   * machine or the control group has), which it takes as it needs it and gives back. A joinable one
   * counts what has been finished. */
  penstock_object *(*create)(uint64_t items, uint64_t bytes, int32_t joinable);

  /* Waits while the queue is full. CLOSED: nothing can be put any more. */
  int32_t (*put)(penstock_object *queue, penstock_bytes message, int64_t timeout);
  /* Waits while it is empty. The message, which begins at a multiple of 16, belongs to the calling
   * thread, until it gets the next one from any queue. CLOSED: and nothing is left in it. */
  int32_t (*get)(penstock_object *queue, penstock_bytes *message, int64_t timeout);
  /* From now on nothing can be put, by anybody. */
  int32_t (*close)(penstock_object *queue);

  uint64_t (*count)(const penstock_object *queue); /* messages in it: exact                     */
  uint64_t (*limit)(const penstock_object *queue); /* how many it may hold; 0: any number       */
  int32_t (*is_closed)(const penstock_object *queue); /* 1: closed                              */
  uint64_t (*memory)(const penstock_object *queue);   /* bytes that the machine gives for it    */

  /* Joinable ones alone. Each message that was taken is finished by one call of task_done(), by
   * whichever process; join() waits until all that were put are. What a dead process had taken and
   * not finished counts as finished, and abandoned() says how many these were so far. */
  int32_t (*task_done)(penstock_object *queue);
  int32_t (*join)(penstock_object *queue, int64_t timeout);
  int32_t (*abandoned)(const penstock_object *queue, uint64_t *count);
};

/* ---- Maps --------------------------------------------------------------------------------------
 * Texts with a value of any bytes each. Every call has the map's lock while it runs; it may be
 * taken around several calls, with the functions for memory. */
struct penstock_map_functions {
  uint32_t size; /* sizeof(penstock_map_functions) of the host */
  uint32_t reserved;

 /* For `capacity` bytes of entries: key, value and 16 bytes each, in steps of 8. It takes 2.5 times
   * as much memory, at once. */
  penstock_object *(*create)(uint64_t capacity);

  /* ERROR: it is full, and as it was before. */
  int32_t (*set)(penstock_object *map, penstock_text key, penstock_bytes value);
  /* ABSENT: there is no such key. The value, which begins at a multiple of 16, belongs to the
   * calling thread, until it gets the next one from any map. */
  int32_t (*get)(penstock_object *map, penstock_text key, penstock_bytes *value);
  int32_t (*erase)(penstock_object *map, penstock_text key); /* ABSENT: as above                */
  int32_t (*clear)(penstock_object *map);
  int32_t (*count)(penstock_object *map, uint64_t *entries);
  /* Calls `visit` for each entry that was there at one moment, in no order, without the lock. */
  int32_t (*each)(penstock_object *map, void *context,
                  void (*visit)(void *context, penstock_text key, penstock_bytes value));
};

#ifdef __cplusplus
}
#endif
#endif
