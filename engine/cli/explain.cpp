#include "cli/explain.hpp"

#include "cli/explanation_text.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(Give it the options that the run is to have. Secrets are shown as ***.

example:
  penstock explain configs/wordcount.yaml --set INPUT='books/*.txt'
)";

}  // namespace

std::optional<std::string> ExplainCommand::read(const Words& words) {
  Options options("explain", "Shows every value of a pipeline, and where it comes from.");
  PipelineWords given(options, file);
  given.declare_processes(options);
  options.flag("--resume", "what a run with --resume would do again, and why", resume);
  options.text("--state", "DIR", "the state folder; else .penstock/PIPELINE", state);
  options.flag("--json", "as one JSON object", json);
  options.example(example);
  std::optional<std::string> help = options.read(words);
  pipeline = given.take();
  return help;
}

Status ExplainCommand::perform() const {
  const Pipeline loaded = Pipeline::load(file, pipeline);
  if (tell_findings(loaded)) return Status::refused;
  if (resume) {
    const ResumeExplanation explanation = loaded.explain_resume(state);
    print(json ? to_json(explanation) + '\n' : resume_text(explanation));
    return Status::done;
  }
  const Explanation explanation = loaded.explain();
  print(json ? to_json(explanation) + '\n' : full_text(explanation));
  return Status::done;
}

}  // namespace penstock
