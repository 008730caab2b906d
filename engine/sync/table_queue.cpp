// The queues' part of the C table.
#include <penstock/sync_data.h>

#include "sync/queue.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

thread_local Message last_message;

std::int32_t result_of(const Result<QueueOutcome>& outcome) {
  if (!outcome) return fail(outcome.error());
  switch (*outcome) {
    case QueueOutcome::done:
      return PENSTOCK_SYNC_OK;
    case QueueOutcome::timed_out:
      return PENSTOCK_SYNC_TIMED_OUT;
    case QueueOutcome::closed:
      break;
  }
  return PENSTOCK_SYNC_CLOSED;
}

penstock_object* create(std::uint64_t items, std::uint64_t bytes, std::int32_t joinable) {
  return guarded_handle([&] {
    return handle_of(Queue::create({.items = items, .bytes = bytes, .joinable = joinable != 0}));
  });
}

std::int32_t put(penstock_object* queue, penstock_bytes message, std::int64_t timeout) {
  return guarded([&] {
    return result_of(native<Queue>(queue).put(
        {static_cast<const std::byte*>(message.data), message.size}, deadline_of(timeout)));
  });
}

std::int32_t get(penstock_object* queue, penstock_bytes* message, std::int64_t timeout) {
  return guarded([&] {
    const auto got = native<Queue>(queue).get(last_message, deadline_of(timeout));
    *message = {last_message.bytes().data(), last_message.bytes().size()};
    return result_of(got);
  });
}

std::int32_t close(penstock_object* queue) {
  return guarded([&] {
    native<Queue>(queue).close();
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

std::uint64_t count(const penstock_object* queue) {
  return native<Queue>(queue).size();
}

std::uint64_t limit(const penstock_object* queue) {
  return native<Queue>(queue).limit();
}

std::int32_t is_closed(const penstock_object* queue) {
  return native<Queue>(queue).closed() ? 1 : 0;
}

std::uint64_t memory(const penstock_object* queue) {
  return native<Queue>(queue).memory();
}

std::int32_t task_done(penstock_object* queue) {
  return guarded([&] {
    const auto done = native<Queue>(queue).task_done();
    return done ? std::int32_t{PENSTOCK_SYNC_OK} : fail(done.error());
  });
}

std::int32_t join(penstock_object* queue, std::int64_t timeout) {
  return guarded([&] { return result_of(native<Queue>(queue).join(deadline_of(timeout))); });
}

std::int32_t abandoned(const penstock_object* queue, std::uint64_t* into) {
  return guarded([&] {
    const auto number = native<Queue>(queue).abandoned();
    if (!number) return fail(number.error());
    *into = *number;
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

}  // namespace

const penstock_queue_functions queue_functions = {
    sizeof(penstock_queue_functions),
    0,
    create,
    put,
    get,
    close,
    count,
    limit,
    is_closed,
    memory,
    task_done,
    join,
    abandoned,
};

}  // namespace penstock::sync
