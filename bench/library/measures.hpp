// What bench_library measures, each between this process and its workers. `count` says how often;
// answered are seconds for all of them, unless it is said otherwise. Failures are thrown.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

using Figures = std::vector<double>;

Figures apply(std::int64_t count);
Figures apply_async(std::int64_t count);
Figures map_ints(std::int64_t count);

Figures queue_rate(std::int64_t count);
Figures queue_latency(std::int64_t count);  // microseconds: half, and 99 of 100, stay below
Figures pipe(std::int64_t count, std::int64_t size);
Figures lock(std::int64_t count);  // microseconds: half of the hand-overs stay below
Figures dict_get(std::int64_t count);
Figures dict_set(std::int64_t count);

inline void expect(bool right) {
  if (!right) throw std::runtime_error("a result is wrong");
}
