// What a run comes to: the account of its items, for the whole and for each stage, and how it
// ended. Plain values; whoever gets one owns it.
#pragma once

#include <cstdint>
#include <optional>
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
  std::uint64_t handled = 0;  // given up and counted as done, as a stage reads the output `failed`
  std::uint64_t retried = 0;  // calls beyond the first
  std::uint64_t queued = 0;   // waiting now
  std::uint64_t running = 0;  // calls under way now
  std::uint64_t workers = 0;  // that can run it now: its own, or those of its pool
  std::optional<std::uint64_t> total;  // items that a source will make, where it knows
  bool source = false;
  bool ended = false;  // nothing more will come
};

// One entry under `callbacks`.
struct CallbackReport {
  std::string event;          // item_done, item_failed, stage_done, run_done
  std::string task;           // plugin.task, or the command's name
  std::uint64_t called = 0;   // that came to an end, well or not
  std::uint64_t failed = 0;   // of these
  std::uint64_t dropped = 0;  // never called, by `overflow: drop`
  std::uint64_t waiting = 0;  // not called yet; in the end: never
  double held_up = 0;         // seconds that sources waited for it
  std::string last_failure;   // empty: none
};

// What a task emitted to an output that nobody reads: only map_lines() counts it.
struct LeftOutReport {
  std::string output;
  std::uint64_t items = 0;
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
  std::uint64_t handled = 0;
  std::uint64_t retried = 0;
  std::uint64_t restarts = 0;  // workers started in place of one that died
  double seconds = 0;

  // Of a run that was stopped (status 3, 4, 130 or 143).
  bool resumable = false;            // `resume` of RunOptions, or a replay, goes on with it
  std::vector<std::string> partial;  // files PATH.partial of sinks that stand there unfinished

  std::uint64_t letters = 0;          // items that were given up for good, of whatever stage
  std::string dead_letters;           // path of the file with them; empty if there are none
  std::uint64_t payload_bytes = 0;    // written to shared memory, each byte once
  std::uint64_t engine_peak_rss = 0;  // bytes
  std::vector<StageReport> stages;
  std::vector<CallbackReport> callbacks;
  std::vector<LeftOutReport> left_out;
};

// "items: in=1001 done=1000 dead=1 pending=0 retried=2 restarts=3 time=4.21s"
std::string summary_line(const Report& report);

// One JSON object, "version": 1.
std::string to_json(const Report& report);

}  // namespace penstock
