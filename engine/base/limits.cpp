#include "base/limits.hpp"

#include <sys/resource.h>

namespace penstock {
namespace {

std::string limit_of(decltype(RLIMIT_NOFILE) resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "no limit";
  return std::to_string(limit.rlim_cur);
}

}  // namespace

std::string descriptors_advice() {
  return "raise the limit (ulimit -n), which is " + limit_of(RLIMIT_NOFILE) +
         ": an engine takes about 20, and 8 for each worker";
}

std::string processes_advice() {
  return "see ulimit -u, which is " + limit_of(RLIMIT_NPROC) +
         ", ulimit -v and the machine's memory: an engine takes 4 processes and threads, and 1 or "
         "more for each worker";
}

}  // namespace penstock
