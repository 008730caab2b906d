#include "cli/check.hpp"

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
  for (const std::string& finding : loaded.findings()) tell(finding);
  if (!loaded.findings().empty()) return Status::refused;
  const auto counted = [](std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  print(file + ": ok, " + counted(loaded.stage_count(), "stage") + ", " +
        counted(loaded.pool_count(), "pool") + '\n');
  return Status::done;
}

}  // namespace penstock
