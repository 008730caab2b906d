// Processes that all do the same work, over and over, and are killed one after the other wherever
// they happen to be; each is buried and replaced. The work counts its progress, so that one who
// hangs is noticed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "forked.hpp"
#include "ipc/doorbell.hpp"
#include "shared_table.hpp"
#include "sync/object.hpp"

namespace penstock::sync {

struct Tally {
  std::atomic<std::uint64_t> progress;
  std::atomic<bool> done;
  std::uint64_t value;  // for the work
};

// `work(tally)` does one piece of it, and returns false if it found something wrong. True: it all
// went on to the end, and everybody was content.
template <class Work>
bool survives_kills(int workers, int kills, Object& object, Tally& tally, Work work) {
  const auto all_of_it = [&] {
    while (!tally.done) {
      if (!work(tally)) return false;
      ++tally.progress;
    }
    return true;
  };
  std::vector<std::unique_ptr<Forked>> crew;
  for (int i = 0; i < workers; ++i) crew.push_back(std::make_unique<Forked>(all_of_it));
  std::minstd_rand random(static_cast<unsigned>(kills));
  bool fine = true;
  for (int killed = 0; killed < kills && fine; ++killed) {
    const std::uint64_t until = tally.progress + random() % 100;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!ipc::look_for([&] { return tally.progress >= until; }) && fine) {
      fine = std::chrono::steady_clock::now() < give_up;
    }
    std::unique_ptr<Forked>& victim = crew[random() % crew.size()];
    fine = victim->kill() && fine;
    while (!object.bury(victim->party())) std::this_thread::yield();
    victim = std::make_unique<Forked>(all_of_it);
  }
  tally.done = true;
  for (auto& one : crew) fine = (fine ? one->join() : false) && fine;
  return fine;
}

}  // namespace penstock::sync
