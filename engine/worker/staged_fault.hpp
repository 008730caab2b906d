// What a test of a pipeline file has happen to an item in place of its call, or before it. One
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ipc/order.hpp"

namespace penstock {

// Lets happen what is meant for this attempt at the item: it may not return. A text: the call has
// failed, and that is why. `bell`: a descriptor that a full disk does not reach.
std::optional<std::string> stage_faults(std::span<const ipc::FaultOrder> faults,
                                        std::string_view item, std::uint64_t attempt, int bell);

}  // namespace penstock
