// `tests` of a pipeline file -> TestSpec. One thread.
#pragma once

#include <vector>

#include "spec/finding.hpp"
#include "spec/node.hpp"
#include "spec/spec.hpp"

namespace penstock {

std::vector<TestSpec> read_tests(const Node& tests, Findings& findings);

}  // namespace penstock
