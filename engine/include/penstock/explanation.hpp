// What a pipeline comes to once its file, the command line, its plugins and the machine are put
// together: every value with its origin, who reads from whom, and which process runs what. Made by
// Pipeline::explain(). Plain values; whoever gets one owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penstock {

// Who has decided on a value.
enum class Origin {
  file,     // the pipeline file
  option,   // an option of the command line, whatever the file says
  machine,  // `auto`: what the machine has
  builtin,  // nobody: it is the default
};

struct ExplainedVariable {
  std::string name;  // "INPUT" of ${INPUT}; "file:PATH" of ${file:PATH}
  std::string from;  // "--set", "values.yaml:3", "environment", "default", "file"
};

struct ExplainedValue {
  std::string name;  // its key, as "queue.items" or "with.path"
  std::string text;  // as it would be written in the file; a secret is ***
  Origin origin = Origin::builtin;
  std::string place;                         // "words.yaml:9", or "--processes"; may be empty
  std::vector<ExplainedVariable> variables;  // what stands in it
};

struct ExplainedEdge {
  std::string from;    // a stage
  std::string output;  // of that stage; empty: the main one
  std::string input;   // of the reader; empty: its only one
  std::string type;    // what passes
};

struct ExplainedStage {
  std::string name;
  std::string task;  // plugin.task
  std::string kind;  // source, transform, stateful, sink
  std::string pool;
  unsigned instances = 1;  // of a partitioned stage
  bool partitioned = false;
  std::string promise;  // what a death means for what it has done; empty: nothing is lost
  std::vector<ExplainedEdge> from;
  std::vector<ExplainedValue> values;
};

struct ExplainedCallback {
  std::string event;  // item_done, item_failed, stage_done, run_done
  std::string task;   // plugin.task, or the command
  bool command = false;
  std::vector<std::string> stages;  // whose events; empty: of all
  std::vector<ExplainedValue> values;
};

struct ExplainedPool {
  std::string name;
  std::vector<ExplainedValue> values;
};

// An object under `shared`.
struct ExplainedShared {
  std::string name;
  std::string type;  // "map of int", "mutex"
  std::vector<ExplainedValue> values;
};

// Processes of one pool that run the same.
struct ExplainedWorkers {
  std::string pool;  // empty: of a callback, which is in none
  unsigned count = 1;
  bool pinned = false;              // each has one stage, or one instance of it, to itself
  std::vector<std::string> stages;  // of a callback: its event and task
};

struct ExplainedPlugin {
  std::string name;
  std::string version;
  std::string build;  // GNU build id in hex; may be empty
  std::string path;
};

struct Explanation {
  std::string pipeline;
  std::string file;
  std::vector<ExplainedValue> values;  // of the top level
  std::vector<ExplainedPlugin> plugins;
  std::vector<ExplainedPool> pools;
  std::vector<ExplainedShared> shared;
  std::vector<ExplainedStage> stages;  // each after those it reads from
  std::vector<ExplainedCallback> callbacks;
  std::vector<ExplainedWorkers> workers;
  unsigned processes = 0;            // in all: the engine, the keeper, the workers
  std::uint64_t memory = 0;          // budget of memory that is shared, bytes
  std::uint64_t private_memory = 0;  // that the workers may have together; 0: some have no limit
};

// One JSON object, "version": 1.
std::string to_json(const Explanation& explanation);

// What of a stage is to be run again when a run goes on, since the source items that it belongs to
// had not ended. A source makes these items anew.
struct ExplainedRerun {
  std::string stage;  // of a partitioned one an instance: "totals.3"
  std::uint64_t items = 0;
  double seconds = 0;  // that these took the last time, over all workers
};

// What `run --resume` finds in a state folder.
struct ResumeExplanation {
  std::string folder;
  bool unfinished = false;           // else there is nothing to go on with, and a new run begins
  std::uint64_t made = 0;            // items that its sources had made
  std::uint64_t ended = 0;           // of these
  std::string obstacle;              // why it cannot be gone on with; empty: it can
  std::vector<std::string> changes;  // what is not what it was: refused without --force
  std::vector<std::string> inputs;   // why sources cannot go on where they stood
  std::vector<ExplainedRerun> stages;
};

// One JSON object, "version": 1.
std::string to_json(const ResumeExplanation& explanation);

}  // namespace penstock
