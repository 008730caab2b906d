// Waiting for several at once: connections, and descriptors of whatever else. Any thread.
#pragma once

#include <span>

#include "base/result.hpp"
#include "sync/connection.hpp"
#include "sync/monitor.hpp"

namespace penstock::sync {

struct Waitable {
  Connection* connection = nullptr;  // null: the descriptor
  int descriptor = -1;
  bool ready = false;
};

// Marks all that are ready. A connection that receives is when its poll() would be true, one that
// only sends when nobody receives any more; a descriptor when it is readable, or over. False: none
// was until the deadline. Nothing to wait for is never ready, and is not waited for. Fails for a
// closed connection, and for a number that is no descriptor.
Result<bool> wait_any(std::span<Waitable> all, Deadline deadline);

}  // namespace penstock::sync
