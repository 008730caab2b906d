#include "cli/check.hpp"

#include "cli/amounts.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(Status 0: it can be run. Status 2: it cannot, and stderr says why.

example:
  penstock check configs/wordcount.yaml
)";

}  // namespace

std::optional<std::string> CheckCommand::read(const Words& words) {
  Options options("check", "Says all that is wrong with a pipeline file, without running it.");
  PipelineWords given(options, file);
  options.example(example);
  std::optional<std::string> help = options.read(words);
  pipeline = given.take();
  return help;
}

Status CheckCommand::perform() const {
  const Pipeline loaded = Pipeline::load(file, pipeline);
  if (tell_findings(loaded)) return Status::refused;
  print(file + ": ok, " + counted(loaded.stage_count(), "stage") + ", " +
        counted(loaded.pool_count(), "pool") + '\n');
  return Status::done;
}

}  // namespace penstock
