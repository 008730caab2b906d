// What a run comes to: the account of its items, for the whole and for each stage, and how it
// ended. Plain values; whoever gets one owns it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "penstock/error.hpp"

namespace penstock {

struct StageReport {
  std::string name;
  std::string task;      // plugin.task
  std::uint64_t in = 0;  // items that reached the stage (a source: that it made)
  std::uint64_t done = 0;
  std::uint64_t dead = 0;     // given up here
  std::uint64_t pending = 0;  // in - done - dead
  std::uint64_t skipped = 0;  // given up and counted as done, by `on_failure: skip`
  std::uint64_t retried = 0;  // calls beyond the first
  std::uint64_t queued = 0;   // waiting now
  std::uint64_t running = 0;  // calls under way now
  bool ended = false;         // nothing more will come
};

struct Report {
  std::string pipeline;
  Status status = Status::done;
  std::string reason;  // why it stopped early; empty otherwise

  // Source items. What a stateful stage made and was given up adds one to `in` and `dead`.
  std::uint64_t in = 0;
  std::uint64_t done = 0;
  std::uint64_t dead = 0;
  std::uint64_t pending = 0;
  std::uint64_t skipped = 0;
  std::uint64_t retried = 0;
  std::uint64_t restarts = 0;  // workers started in place of one that died
  double seconds = 0;

  std::string dead_letters;           // path of the file; empty if there are none
  std::uint64_t payload_bytes = 0;    // written to shared memory, each byte once
  std::uint64_t engine_peak_rss = 0;  // bytes
  std::vector<StageReport> stages;
};

// "items: in=1001 done=1000 dead=1 pending=0 retried=2 restarts=3 time=4.21s"
std::string summary_line(const Report& report);

// One JSON object, "version": 1.
std::string to_json(const Report& report);

}  // namespace penstock
