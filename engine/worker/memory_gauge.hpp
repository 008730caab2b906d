// How much of the memory that this process may have is used: by the same count as the kernel's, the
// private writable memory that RLIMIT_DATA limits. One thread.
#pragma once

#include <cstdint>

#include "base/fd.hpp"

namespace penstock {

class MemoryGauge {
 public:
  MemoryGauge();

  // What is used now is what the work needs, and what is used from here on is what it leaves
  // behind.
  void begin();

  // More than half of what was left at the beginning, so that the next item may not find what it
  // needs. Never where there is no limit. Costs about a microsecond.
  bool half_used() const;

 private:
  std::uint64_t used() const;  // bytes; 0: nobody knows

  std::uint64_t limit_ = 0;  // bytes; 0: none
  std::uint64_t at_begin_ = 0;
  UniqueFd file_;  // /proc/self/statm
};

}  // namespace penstock
