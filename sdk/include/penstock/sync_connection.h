/* Penstock: the functions of pipes. They are a part of the table in <penstock/sync.h>, whose rules
 * hold here, too. The table grows only at its end. */
#ifndef PENSTOCK_SYNC_CONNECTION_H
#define PENSTOCK_SYNC_CONNECTION_H

#include <penstock/sync.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Takes a piece of the message that is being received: `size` bytes of `total`, beginning with the
 * one at `offset`. All pieces come in order, on the calling thread. `offset` 0 begins a message,
 * also when another had begun: that one was given up by its sender. The piece lies in memory that
 * others write: copy it, then look at it. Must not call any of these functions. */
typedef void (*penstock_take_piece)(void *context, uint64_t total, uint64_t offset,
                                    const void *piece, uint64_t size);

/* What is waited for: a connection, or a descriptor that poll(2) knows. */
typedef struct penstock_waitable {
  penstock_object *connection; /* NULL: the descriptor                                          */
  int32_t descriptor;
  int32_t ready; /* set by wait(): 1 or 0                                                       */
} penstock_waitable;

/* The two ends of a pipe, each an object of its own. Messages of 0 bytes to 1 GiB go whole and in
 * order. CLOSED: no process holds the other end any more, however it went; `error` tells whether
 * that was in the middle of a message.
 *
 * Several threads may send, or receive, on one end: each message is whole. Several processes hold
 * the same end only while it is handed on; one of them uses it. */
struct penstock_connection_functions {
  uint32_t size; /* sizeof(penstock_connection_functions) of the host */
  uint32_t reserved;

  /* Two new handles. If it is not duplex, the first end receives and the second one sends. Each
   * direction has a ring of so many bytes (rounded up; 0: a good size). */
  int32_t (*create)(int32_t duplex, uint64_t ring_bytes, penstock_object **first,
                    penstock_object **second);

  /* The whole message or nothing. One larger than the ring needs a receiver that takes it. */
  int32_t (*send)(penstock_object *end, const void *message, uint64_t size, int64_t timeout);
  /* The time-out is that of the message's beginning; then it lasts as long as its sender does. What
   * was taken counts after PENSTOCK_SYNC_OK alone. */
  int32_t (*receive)(penstock_object *end, int64_t timeout, void *context,
                     penstock_take_piece take);
  /* OK: receive() has something to give, or to tell, without waiting for the other side. */
  int32_t (*poll)(penstock_object *end, int64_t timeout);

  /* A descriptor that is readable while poll() would say OK, and, for a moment, now and then
   * besides. From the first call on a message costs a system call more on either side. It lives as
   * long as the end is open here. Of an end that only sends, POLLHUP alone says something. */
  int32_t (*descriptor)(penstock_object *end, int32_t *descriptor);

  /* Waits until at least one of them is ready. A connection that receives is when poll() would say
   * OK, one that only sends when nobody receives any more. Nothing to wait for: TIMED_OUT. */
  int32_t (*wait)(penstock_waitable *list, uint64_t count, int64_t timeout);

  /* This process lets go of the end, whoever else has a handle of it here. ERROR while another
   * thread is in one of these functions with it. */
  int32_t (*close)(penstock_object *end);

  int32_t (*receives)(const penstock_object *end); /* 1 or 0, after close(), too                */
  int32_t (*sends)(const penstock_object *end);
};

#ifdef __cplusplus
}
#endif
#endif
