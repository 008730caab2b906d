#include "cli/pipeline_options.hpp"

#include "cli/output.hpp"
#include "cli/words.hpp"
#include "penstock/error.hpp"

namespace penstock {

PipelineWords::PipelineWords(Options& options, std::string& file) {
  options.word("FILE", "the pipeline file", file);
  options.assignments("--set", "NAME=VALUE", "what ${NAME} stands for; any number", set_);
  options.text("--vars", "FILE", "a YAML file that maps NAME to VALUE", pipeline_.vars_file);
  options.texts("--plugin-path", "DIR", "look for plugins here first; any number",
                pipeline_.plugin_path);
}

void PipelineWords::declare_processes(Options& options) {
  options.count("--processes", "workers of every pool, whatever FILE says", pipeline_.processes);
}

void PipelineWords::declare_attempts(Options& options) {
  options.count("--attempts", "how often an item is tried, whatever FILE says", pipeline_.attempts);
}

void PipelineWords::declare_outputs(Options& options) {
  options.text("--outputs", "DIR", "sinks write below DIR, not where FILE says", pipeline_.outputs);
}

void PipelineWords::declare_under(Options& options) {
  options.assignments("--under", "STAGE=COMMAND", "run its worker under gdb --args, perf, ...",
                      under_);
}

PipelineOptions PipelineWords::take() {
  for (auto& [name, value] : set_) pipeline_.set[name] = value;
  for (const auto& [stage, command] : under_) {
    auto words = split_words(command);
    if (!words) {
      throw Error(Status::refused,
                  "run: --under " + stage + ": `" + command +
                      "` ends within a quote\n  `penstock run --help` shows how it is called");
    }
    pipeline_.under[stage] = std::move(*words);
  }
  return std::move(pipeline_);
}

Words PipelineWords::words() const {
  Words words;
  for (const auto& [name, value] : set_) words.insert(words.end(), {"--set", name + "=" + value});
  if (!pipeline_.vars_file.empty()) words.insert(words.end(), {"--vars", pipeline_.vars_file});
  for (const std::string& folder : pipeline_.plugin_path) {
    words.insert(words.end(), {"--plugin-path", folder});
  }
  if (pipeline_.processes > 0) {
    words.insert(words.end(), {"--processes", std::to_string(pipeline_.processes)});
  }
  return words;
}

bool tell_findings(const Pipeline& pipeline) {
  for (const std::string& finding : pipeline.findings()) tell(finding);
  return !pipeline.findings().empty();
}

}  // namespace penstock
