// Where a plugin finds the functions of shared objects: its worker hands them out. Set when the
// first instance of a task is made, and never changed; a program that links the library has them
// from there.
#pragma once

#include <penstock/sync.h>

#include <string_view>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

inline const penstock_sync* bound_sync = nullptr;

inline void bind_sync(const penstock_host& host) {
  if (bound_sync != nullptr) return;
  constexpr std::string_view name = PENSTOCK_SYNC_EXTENSION;
  const auto* found =
      static_cast<const penstock_sync*>(host.extension(host.self, {name.data(), name.size()}));
  if (found != nullptr && found->version == PENSTOCK_SYNC_VERSION) bound_sync = found;
}

}  // namespace sdk
}  // namespace penstock
