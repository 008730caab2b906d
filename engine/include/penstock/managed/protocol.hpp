// What a client asks of a manager's server, and how it is refused: numbers that both sides share.
// Not for users: the proxies (dict.hpp, list.hpp, ...) ask, the server answers. They are of one
// version, which the greeting makes sure of.
//
// A request is a row of CBOR items: the verb, the id of the object, and the arguments. A value in
// it is the bytes of one encoded C++ value, then the ids of the managed objects that it names. The
// answer begins with the refusal (none: 0) and the ids of the objects that it names.
#pragma once

#include <cstdint>

namespace penstock::managed {

inline constexpr std::uint64_t front_desk = 0;  // the id of what is asked for objects themselves

enum class Verb : std::uint32_t {
  // The front desk. All that make an object answer with its id.
  make_dict = 1,
  make_list,
  make_queue,      // capacity, whether it is joinable
  make_mutex,      // whether its holder may take it again
  make_semaphore,  // value, bound
  make_event,
  make_condition,  // the mutex
  make_barrier,    // parties
  make_instance,   // type; the number of values, and these
  names,           // the dict of those that have a name
  hold,            // number of ids, ids; answers with a flag for each
  release,         // number of pairs; ids, and how many times each was named to this process
  deposit,         // id; answers with the number of a ticket, for claim
  claim,           // ticket, id; a flag
  object_count,
  shut_down,

  dict_get = 100,  // key; flag, value
  dict_set,        // key, value
  dict_insert,     // key, value; whether it is new, and the value that stands there now
  dict_take,       // key; flag, value
  dict_take_last,  // flag, key, value
  dict_erase,      // key; flag
  dict_contains,   // key; flag
  dict_size,
  dict_clear,
  dict_keys,      // number, keys
  dict_values,    // number, values
  dict_items,     // number; key, value, ...
  dict_update,    // number; key, value, ...
  dict_add,       // key, number; the sum
  dict_exchange,  // key, expected, desired; flag

  list_get = 200,  // index; value
  list_set,        // index, value
  list_append,     // number, values
  list_insert,     // index, value
  list_take,       // index; value
  list_erase,      // index
  list_remove,     // value; flag
  list_find,       // value; index, or -1
  list_count,      // value; number
  list_size,
  list_clear,
  list_slice,  // begin, end; number, values
  list_assign,
  list_reverse,
  list_sort,      // whether the largest comes first
  list_add,       // index, number; the sum
  list_exchange,  // index, expected, desired; flag

  queue_put = 300,  // time-out, value; flag
  queue_get,        // time-out; flag, value
  queue_state,      // size, capacity, closed, abandoned
  queue_close,
  queue_task_done,
  queue_join,  // time-out; flag

  mutex_lock = 400,  // thread, time-out; flag
  mutex_unlock,      // thread
  mutex_abandoned,   // flag

  semaphore_acquire = 500,  // time-out; flag
  semaphore_release,        // number
  semaphore_value,

  event_set = 600,
  event_clear,
  event_is_set,
  event_wait,  // time-out; flag

  condition_wait = 700,  // thread, time-out; flag
  condition_notify,      // thread, number
  condition_mutex,       // the mutex

  barrier_wait = 800,  // time-out; place
  barrier_abort,
  barrier_reset,
  barrier_state,  // parties, waiting, broken

  instance_call = 900,  // method; the number of values, and these; a flag, value
};

enum class Refusal : std::uint32_t {
  none = 0,
  absent,   // no such key, index or name
  misuse,   // it cannot be done, with the reason
  broken,   // a barrier
  closed,   // a queue
  thrown,   // a method threw: the exception's type, its text
  missing,  // the object is there no more
};

}  // namespace penstock::managed
