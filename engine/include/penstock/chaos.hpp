// Runs a pipeline while its processes are killed, and holds what comes of it against quiet runs.
//
// Each run is a process of its own, `penstock run`, with the pipeline's real plugins, a state
// folder of its own, and outputs that lie below a folder of its own (see PipelineOptions::outputs).
// First it runs twice undisturbed: what differs then already, such as a time that is written, is
// not compared. Then it runs again and again, each time with workers, or the engine itself, killed
// by SIGKILL at moments chosen by chance from the seed, until there were enough kills. Each time
// the account of the run and of each stage, the exit status and the outputs have to be those of the
// quiet run: files byte by byte, else as the same lines in any order; SQLite files by the rows of
// their tables. Callbacks and commands run as often as the pipeline does.
//
// Blocks the calling thread, which has to live as long as the runs do. Needs a folder for temporary
// files with room for the output three times.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "penstock/error.hpp"
#include "penstock/pipeline.hpp"

namespace penstock {

struct ChaosOptions {
  std::string file;
  std::vector<std::string> words;  // more words for each `penstock run`, such as --set NAME=VALUE
  std::uint64_t seed = 0;
  unsigned kills = 20;
  bool engine = false;  // the engine is killed too; the run is gone on with
  std::function<void(const std::string& line)> say;  // how far it is; may be empty
};

struct ChaosReport {
  unsigned kills = 0;  // of workers and of engines
  unsigned engine_kills = 0;
  unsigned rounds = 0;                    // runs from beginning to end while there were kills
  double seconds = 0;                     // of all of it
  std::vector<std::string> not_compared;  // outputs that differ from one quiet run to the next
  // What was not as in the quiet run, in the one round after which it ended; empty: nothing.
  std::vector<std::string> differences;
  std::string folder;  // where what differs was kept; empty: nothing was
};

// Throws Error with Status::refused where the pipeline cannot be run quietly, has no items, or
// writes what cannot be written elsewhere.
ChaosReport run_chaos(const ChaosOptions& options);

}  // namespace penstock
