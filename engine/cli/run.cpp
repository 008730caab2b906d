#include "cli/run.hpp"

#include <unistd.h>

#include "cli/closing.hpp"
#include "cli/explanation_text.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"
#include "cli/summary_file.hpp"

namespace penstock {
namespace {

constexpr const char* example = R"(The last line on stderr is the account of the run:
  items: in=1001 done=1000 dead=1 pending=0 retried=2 restarts=3 time=4.21s

example:
  penstock run configs/wordcount.yaml --set INPUT='books/*.txt' --limit 100
)";

// In the order of ProgressStyle.
const Words progress_styles{"auto", "bar", "plain", "none"};

}  // namespace

std::optional<std::string> RunCommand::read(const Words& words) {
  Options options("run", "Runs the pipeline that FILE describes.");
  auto style = static_cast<std::size_t>(progress);
  PipelineWords given(options, file);
  options.text("--state", "DIR", "the state folder; else .penstock/PIPELINE", state);
  options.flag("--resume", "go on with the unfinished run, if there is one", resume);
  options.flag("--fresh", "discard the unfinished run, begin anew", fresh);
  options.flag("--force", "with --resume: even if FILE or input changed", force);
  given.declare_processes(options);
  given.declare_attempts(options);
  given.declare_outputs(options);
  options.count("--limit", "take only the first N items of each source", limit);
  options.flag("--dry-run", "check everything, say what would run, and end", dry_run);
  options.choice("--progress", progress_styles, "how far it is, on stderr", style);
  options.text("--summary", "FILE", "write the account here, as JSON", summary);
  given.declare_under(options);
  options.later({"--report", "--trace", "--joblog", "--metrics", "--dashboard", "--dashboard-addr",
                 "--autotune", "--cluster"});
  options.example(example);
  std::optional<std::string> help = options.read(words);
  pipeline = given.take();
  progress = static_cast<ProgressStyle>(style);
  return help;
}

Status RunCommand::perform() const {
  Pipeline loaded = Pipeline::load(file, pipeline);
  if (tell_findings(loaded)) return Status::refused;
  if (dry_run) {
    print(short_text(loaded.explain()));
    return Status::done;
  }
  // A block would lie among what a debugger and its user say to each other.
  const bool talks = !pipeline.under.empty() && progress == ProgressStyle::automatic;
  Progress observer(talks ? ProgressStyle::none : progress, Terminal(STDERR_FILENO));
  RunOptions options;
  options.state_folder = state;
  options.resume = resume;
  options.fresh = fresh;
  options.force = force;
  options.limit = limit;
  options.handle_signals = true;
  options.observer = &observer;
  const Report report = loaded.run(options);
  observer.finish(report);
  Status status = report.status;
  try {
    if (!summary.empty()) write_summary_file(summary, to_json(report) + '\n');
  } catch (const Error& error) {
    tell(error.what());
    if (status == Status::done) status = error.status();
  }
  tell(closing_text(report,
                    "penstock dead list " + file + (state.empty() ? "" : " --state " + state),
                    "--resume"));
  return status;
}

}  // namespace penstock
