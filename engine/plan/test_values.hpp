// Values of a pipeline file, such as a test gives to a stage or expects of it, read as the type
// that a task declares. Pure; any thread.
#pragma once

#include <penstock/type.hpp>
#include <string>

#include "base/result.hpp"
#include "spec/node.hpp"

namespace penstock {

// As JSON, in the way that penstock shows values of this type: bytes as base64. The error says what
// in the node is not as the type wants it.
Result<std::string> json_of(const Node& node, const Type& type);

// As a line of `penstock map`: texts and bytes as they stand, numbers and switches as they are
// written, all else as JSON.
Result<std::string> line_of(const Node& node, const Type& type);

}  // namespace penstock
