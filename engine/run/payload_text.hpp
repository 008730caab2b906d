// Payloads as a person reads them: JSON where the type is known. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

// One JSON value. `bytes` may be only the beginning of a payload of `size` bytes: such a one is
// shown as base64, with its size.
std::string payload_json(std::string_view type, std::string_view bytes, std::uint64_t size);

}  // namespace penstock
