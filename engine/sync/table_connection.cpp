// The pipes' part of the C table.
#include <penstock/sync_connection.h>

#include <span>
#include <vector>

#include "sync/connection.hpp"
#include "sync/table.hpp"
#include "sync/wait_any.hpp"

namespace penstock::sync {
namespace {

std::int32_t result_of(const Result<Passage>& passage) {
  if (!passage) return fail(passage.error());
  switch (*passage) {
    case Passage::done:
      return PENSTOCK_SYNC_OK;
    case Passage::timed_out:
      return PENSTOCK_SYNC_TIMED_OUT;
    case Passage::gone:
      fail("no process holds the other end of the pipe any more");
      break;
    case Passage::cut_off:
      fail("the process that held the other end of the pipe was gone in the middle of a message");
      break;
  }
  return PENSTOCK_SYNC_CLOSED;
}

std::int32_t create(std::int32_t duplex, std::uint64_t ring_bytes, penstock_object** first,
                    penstock_object** second) {
  return guarded([&] {
    auto pair =
        Connection::create_pair(duplex != 0, ring_bytes != 0 ? ring_bytes : Connection::kRingBytes);
    if (!pair) return fail(pair.error());
    auto one = std::make_unique<penstock_object>(std::move(pair->first));
    auto two = std::make_unique<penstock_object>(std::move(pair->second));
    *first = one.release();
    *second = two.release();
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

std::int32_t send(penstock_object* end, const void* message, std::uint64_t size,
                  std::int64_t timeout) {
  return guarded([&] {
    return result_of(native<Connection>(end).send({static_cast<const std::byte*>(message), size},
                                                  deadline_of(timeout)));
  });
}

std::int32_t receive(penstock_object* end, std::int64_t timeout, void* context,
                     penstock_take_piece take) {
  return guarded([&] {
    const auto hand_on = [=](std::uint64_t total, std::uint64_t offset,
                             std::span<const std::byte> piece) {
      take(context, total, offset, piece.data(), piece.size());
    };
    return result_of(native<Connection>(end).receive(deadline_of(timeout), hand_on));
  });
}

std::int32_t poll(penstock_object* end, std::int64_t timeout) {
  return guarded([&] {
    const auto ready = native<Connection>(end).poll(deadline_of(timeout));
    if (!ready) return fail(ready.error());
    return std::int32_t{*ready ? PENSTOCK_SYNC_OK : PENSTOCK_SYNC_TIMED_OUT};
  });
}

std::int32_t descriptor(penstock_object* end, std::int32_t* into) {
  return guarded([&] {
    const auto fd = native<Connection>(end).fileno();
    if (!fd) return fail(fd.error());
    *into = *fd;
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

std::int32_t wait(penstock_waitable* list, std::uint64_t count, std::int64_t timeout) {
  return guarded([&] {
    std::vector<Waitable> all;
    for (const penstock_waitable& one : std::span(list, count)) {
      Connection* end = one.connection != nullptr ? &native<Connection>(one.connection) : nullptr;
      all.push_back({end, one.descriptor});
    }
    const auto any = wait_any(all, deadline_of(timeout));
    if (!any) return fail(any.error());
    for (std::size_t i = 0; i != all.size(); ++i) list[i].ready = all[i].ready ? 1 : 0;
    return std::int32_t{*any ? PENSTOCK_SYNC_OK : PENSTOCK_SYNC_TIMED_OUT};
  });
}

std::int32_t close(penstock_object* end) {
  return guarded([&] {
    const auto closed = native<Connection>(end).close();
    return closed ? std::int32_t{PENSTOCK_SYNC_OK} : fail(closed.error());
  });
}

std::int32_t receives(const penstock_object* end) {
  return native<Connection>(end).receives() ? 1 : 0;
}

std::int32_t sends(const penstock_object* end) {
  return native<Connection>(end).sends() ? 1 : 0;
}

}  // namespace

const penstock_connection_functions connection_functions = {
    sizeof(penstock_connection_functions),
    0,
    create,
    send,
    receive,
    poll,
    descriptor,
    wait,
    close,
    receives,
    sends,
};

}  // namespace penstock::sync
