// What to do where the system has no more to give: the end of a sentence about it, with the limit
// that stands and what an engine takes of it, counted in a run with `/proc/PID/fd` and
// `/proc/PID/task`. Any thread.
#pragma once

#include <string>

namespace penstock {

std::string descriptors_advice();  // where a call fails with EMFILE
std::string processes_advice();    // where fork or a thread fails with EAGAIN or ENOMEM

}  // namespace penstock
