// Parameters of a task on their way from the plan to the worker that creates the instance. Encoded
// as lengths and bytes in the machine's own order: both ends run on one machine, from one build.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "plugin/descriptor.hpp"

namespace penstock {

std::string encode(const std::vector<Argument>& arguments);
Result<std::vector<Argument>> decode_arguments(std::string_view bytes);

}  // namespace penstock
