// Parameters of a task that are given as texts, by an option or by a program, read and checked as
// those of a pipeline file are. Pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plugin/descriptor.hpp"

namespace penstock {

// How findings name what is wrong.
struct ParameterWords {
  std::string all;  // "`--with`"
  std::string one;  // "--with ", before the name of one
};

// Of the task that is called `name`. A parameter that stands there several times is a list. Throws
// Error with Status::refused and all findings.
std::vector<Argument> read_parameters(const ParameterWords& words,
                                      const std::vector<std::pair<std::string, std::string>>& with,
                                      const TaskDescription& task, const std::string& name);

}  // namespace penstock
