#include "cli/check.hpp"

#include "cli/output.hpp"

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
  std::vector<Assignment> set;
  options.word("FILE", "the pipeline file", file);
  options.assignments("--set", "what ${NAME} stands for; any number", set);
  options.text("--vars", "FILE", "a YAML file that maps NAME to VALUE", pipeline.vars_file);
  options.texts("--plugin-path", "DIR", "look for plugins here first; any number",
                pipeline.plugin_path);
  options.example(example);
  std::optional<std::string> help = options.read(words);
  for (auto& [name, value] : set) pipeline.set[name] = value;
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
