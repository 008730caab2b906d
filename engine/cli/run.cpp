#include "cli/run.hpp"

#include <unistd.h>

#include "cli/closing.hpp"
#include "cli/output.hpp"
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
  std::vector<Assignment> set;
  auto style = static_cast<std::size_t>(progress);
  options.word("FILE", "the pipeline file", file);
  options.assignments("--set", "what ${NAME} stands for; any number", set);
  options.text("--vars", "FILE", "a YAML file that maps NAME to VALUE", pipeline.vars_file);
  options.text("--state", "DIR", "the state folder; else .penstock/PIPELINE", state);
  options.texts("--plugin-path", "DIR", "look for plugins here first; any number",
                pipeline.plugin_path);
  options.count("--processes", "workers of every pool, whatever FILE says", pipeline.processes);
  options.count("--limit", "take only the first N items of each source", limit);
  options.choice("--progress", progress_styles, "how far it is, on stderr", style);
  options.text("--summary", "FILE", "write the account here, as JSON", summary);
  options.later({"--dry-run", "--under", "--resume", "--fresh", "--force", "--report", "--trace",
                 "--joblog", "--metrics", "--dashboard", "--dashboard-addr", "--autotune",
                 "--cluster"});
  options.example(example);
  std::optional<std::string> help = options.read(words);
  for (auto& [name, value] : set) pipeline.set[name] = value;
  progress = static_cast<ProgressStyle>(style);
  return help;
}

Status RunCommand::perform() const {
  Pipeline loaded = Pipeline::load(file, pipeline);
  if (!loaded.findings().empty()) {
    for (const std::string& finding : loaded.findings()) tell(finding);
    return Status::refused;
  }
  Progress observer(progress, Terminal(STDERR_FILENO));
  RunOptions options;
  options.state_folder = state;
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
  tell(closing_text(report));
  return status;
}

}  // namespace penstock
