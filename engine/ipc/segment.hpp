// What stands at the start of the three kinds of segment that engine and workers share. Each has
// one writer; the others map it read-only.
//
//   Board        the engine's, one for all workers
//   EngineHome   the engine's, one a worker: the ring to the worker
//   WorkerHome   the worker's own: the ring to the engine, its line, its crash record; the rest of
//                that extent is the first part of the worker's arena
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ipc/line.hpp"
#include "ipc/ring.hpp"

namespace penstock::ipc {

struct Board {
  alignas(64) RingWord sleeping;  // 1 while the engine sleeps: whoever publishes rings its bell
};

struct EngineHome {
  RingMemory ring;
  alignas(64) RingWord head;  // how far the engine has read the worker's ring
  // Calls up to this one are not to be run where they have not begun. On a line of its own, which
  // is seldom written: workers look at each call.
  alignas(64) std::atomic<std::uint64_t> withdrawn;
};

inline constexpr std::size_t kMaxFrames = 48;
inline constexpr std::size_t kModuleTableBytes = 24 * 1024;

// Written by the worker's signal handler; read when its process has ended, if it has a `signal`.
struct CrashRecord {
  std::atomic<std::uint32_t> signal;
  std::int32_t code;
  std::uint64_t address;
  std::uint32_t frame_count;
  std::uint64_t frames[kMaxFrames];  // the first one is where it happened
};

struct WorkerHome {
  RingMemory ring;
  alignas(64) RingWord head;      // how far the worker has read the engine's ring
  alignas(64) RingWord sleeping;  // 1 while the worker sleeps on the engine's write cursor
  Line line;
  alignas(64) CrashRecord crash;
  // Lines "start end base path" (hex) of the executable mappings, renewed after each load; `base`
  // is where the file begins.
  char modules[kModuleTableBytes];
};

inline constexpr std::size_t kWorkerHomeReserved = 128 * 1024;  // what WorkerHome may take
inline constexpr std::size_t kWorkerHomeBytes = 1024 * 1024;
static_assert(sizeof(WorkerHome) <= kWorkerHomeReserved);

// Descriptors that a worker finds open when it starts.
inline constexpr int kChannelFd = 3;

}  // namespace penstock::ipc
