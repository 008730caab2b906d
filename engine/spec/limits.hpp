// How large the numbers of a pipeline file can be. Beyond them nothing works, or nobody means it.
// Constants, for any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "spec/map_reader.hpp"

namespace penstock::limits {

inline constexpr std::size_t most_named = 1000;  // stages, and pools
inline constexpr std::uint64_t most_processes = 1024;
inline constexpr std::uint64_t most_instances = 1024;
inline constexpr std::uint64_t most_cores = 8192;
inline constexpr std::uint64_t most_parties = 100'000;  // of a barrier
// A call's items are numbered by 16 bits on their way to the worker, and two values are taken.
inline constexpr std::uint64_t most_in_batch = 65534;

inline constexpr std::uint64_t kib = 1u << 10, mib = 1u << 20, tib = 1ull << 40;
inline constexpr std::chrono::milliseconds day{86'400'000};

inline constexpr Range<std::uint64_t> any_count{1, 1'000'000'000};
inline constexpr Range<std::uint64_t> any_size{1, tib};
inline constexpr Range<std::chrono::milliseconds> any_time{std::chrono::milliseconds(1), 30 * day};

}  // namespace penstock::limits
