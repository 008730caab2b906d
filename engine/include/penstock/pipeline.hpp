// Pipelines as a program sees them: read a file, look at what is wrong with it, run it.
//
//   penstock::Pipeline pipeline = penstock::Pipeline::load("wordcount.yaml", {});
//   if (!pipeline.findings().empty()) ...
//   penstock::Report report = pipeline.run({});
//
// A Pipeline is a value; run() may be called again. It drives the whole engine on the calling
// thread and returns when it has ended. Nothing here may be called from two threads at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/error.hpp"
#include "penstock/explanation.hpp"
#include "penstock/observer.hpp"
#include "penstock/report.hpp"

namespace penstock {

struct PipelineOptions {
  std::map<std::string, std::string> set;  // --set
  std::string vars_file;                   // --vars; empty: none
  std::vector<std::string> plugin_path;    // before PENSTOCK_PLUGIN_PATH and the usual folders
  unsigned processes = 0;                  // of every pool; 0: what the file says
  // Of every stage, and the wait between them does not grow; 0: what the file says.
  unsigned attempts = 0;
  // Every file that a sink writes lies below this folder, in one of the stage's name, with the path
  // that it would have else; empty: where the file says.
  std::string outputs;
  // By stage: a command and its words in front of the worker that runs it alone, such as a
  // debugger.
  std::map<std::string, std::vector<std::string>> under;
};

struct RunOptions {
  std::string state_folder;  // empty: .penstock/<pipeline>
  // What becomes of an unfinished run that the state folder holds; with none of them, run() throws.
  bool resume = false;          // it is gone on with; where there is none, a new one begins
  bool fresh = false;           // it is discarded
  bool force = false;           // with resume: even if the pipeline is not what it was
  std::uint64_t limit = 0;      // take so many items of each source; 0: all
  bool handle_signals = false;  // SIGINT and SIGTERM end the run; for a program that runs only this
  Observer* observer = nullptr;  // outlives the run
};

struct ReplayOptions {
  std::string state_folder;        // empty: .penstock/<pipeline>
  std::vector<std::string> items;  // their ids; empty: all that were given up
  bool handle_signals = false;     // as in RunOptions
  Observer* observer = nullptr;    // outlives the run
};

// What a test under `tests` came to.
struct TestReport {
  std::string name;
  std::vector<std::string> problems;  // what is not as it says, each one or more lines; empty: none
  double seconds = 0;
};

// {"test","ok","seconds","problems"}, one JSON object on a line.
std::string to_json(const TestReport& report);

struct TestOptions {
  std::vector<std::string> names;                      // of the tests to be made; empty: all
  std::function<void(const TestReport& report)> done;  // hears of each one; may be empty
};

class Pipeline {
 public:
  // Reads and checks. What is wrong with the file or its plugins is in findings(); what keeps it
  // from being read at all is thrown as Error.
  static Pipeline load(const std::string& path, const PipelineOptions& options);

  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  // Each one complete, with place and caret, as a person reads it. Empty: it can be run.
  const std::vector<std::string>& findings() const;
  const std::string& name() const;
  std::size_t stage_count() const;
  std::size_t pool_count() const;

  // What the pipeline comes to here. Nothing is run. Throws Error with Status::refused if there are
  // findings.
  Explanation explain() const;

  // What a run with `resume` would go on with, and what of it is to be done again. Sources are
  // opened where they stood, each in a process of its own, and closed again; nothing else is run.
  // Throws Error with Status::refused if there are findings or the journal is damaged.
  ResumeExplanation explain_resume(const std::string& state_folder = {}) const;

  // Throws Error with Status::refused if there are findings, or the state folder is in use, or
  // holds an unfinished run.
  Report run(const RunOptions& options);

  // Runs items that the last run has given up once more, from the stage that gave them up on. Sinks
  // that can cut their output back go on at its end; others add what comes, and may have added it
  // before if a replay was killed. Those that are done then are no dead letters any more, and the
  // account of the run in the state folder follows. With PipelineOptions::outputs it is a trial:
  // sinks and stateful tasks begin anew, and the state folder stays as it is.
  //
  // The report is that of the replay: `in` are the items that were replayed. Throws Error with
  // Status::refused if there are findings, no finished run, none of these items, an item cannot be
  // run again, or items would come to a stateful task, which has given what it had to give.
  Report replay(const ReplayOptions& options);

  // Gives one stage after the other what `tests` says, with the faults that it wants, and holds
  // what comes of it against what it expects. No state is kept; what a sink writes lies in a folder
  // for temporary files that goes away, if its task says which file it writes. Throws Error with
  // Status::refused if there are findings, no tests, or none of a name.
  std::vector<TestReport> test(const TestOptions& options);

 private:
  struct Parts;
  explicit Pipeline(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Turns lines of the standard input into items of one task and prints what comes out, in order.
struct MapOptions {
  std::string task;                                       // plugin.task
  std::vector<std::pair<std::string, std::string>> with;  // parameters
  unsigned processes = 0;                                 // 0: one a core
  std::chrono::milliseconds timeout{0};                   // 0: none
  bool ordered = true;
  std::vector<std::string> plugin_path;
  bool handle_signals = false;
  Observer* observer = nullptr;
};

Report map_lines(const MapOptions& options);

}  // namespace penstock
