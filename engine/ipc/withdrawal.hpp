// Calls that stand in a worker's ring and are wanted back, because the one in hand takes long. The
// engine names the last of them in its own segment; a worker looks there when it has begun a call,
// and answers a withdrawn one as not run. A full fence stands between the two steps of either side,
// as in sleep.hpp, so that they never both believe that a call is theirs:
//
//   the engine, withdraw()             the worker, is_withdrawn()
//     names the last call                line.begin(call)
//     line.began: later ones will        is it named?
//     not be run
//
// `Word` is an atomic 64-bit word that stands in the engine's segment, `Line` the worker's.
#pragma once

#include <atomic>
#include <cstdint>

#include "ipc/line.hpp"
#include "ipc/sleep.hpp"

namespace penstock::ipc {

// The engine's side. Answers the last call that has been begun: those behind it, up to `last`, will
// not be run. Whether that one and those before it are, their answers say: the worker may have come
// to them in between.
template <class Word, class Line>
std::uint64_t withdraw(Word& withdrawn, const Line& line, std::uint64_t last) {
  withdrawn.store(last, std::memory_order_relaxed);
  full_fence(line.tail);
  return line.began.load(std::memory_order_relaxed);
}

// The worker's side: whether a call that it has begun is not to be run.
template <class Word, class Line>
bool is_withdrawn(const Word& withdrawn, const Line& line, std::uint64_t call) {
  full_fence(line.tail);
  return call <= withdrawn.load(std::memory_order_relaxed);
}

}  // namespace penstock::ipc
