// Shared objects on their way to the workers: which ones a value has named. Any thread, unless it
// is said otherwise.
#pragma once

#include <cstdint>
#include <memory>

#include "run/caller.hpp"
#include "sync/object.hpp"

namespace penstock {

// What calls::with_objects() has given; null: none.
CarriedObjects carried(const std::shared_ptr<const void>& objects);
std::shared_ptr<const CarriedObject> carry(const sync::ObjectRef& object, std::string name = {});

// For RunSetup: a number for the next worker. The loop's.
std::uint32_t new_party();

}  // namespace penstock
