#include "cli/chaos.hpp"

#include <random>

#include "cli/amounts.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(Sinks write into a folder for temporary files; callbacks and commands run as
they stand.
Status 0: account and outputs are as without chaos. Status 1: they are not.

example:
  penstock chaos configs/wordcount.yaml --engine --seed 7
)";

}  // namespace

std::optional<std::string> ChaosCommand::read(const Words& words) {
  Options declared("chaos", "Runs the pipeline while its processes are killed, and compares.");
  PipelineWords given(declared, options.file);
  given.declare_processes(declared);
  declared.flag("--engine", "kill the engine too, and go on with the run", options.engine);
  declared.count("--kills", "how many; else 20", options.kills);
  declared.count("--seed", "of all that is left to chance; else another one each time",
                 options.seed);
  declared.example(example);
  std::optional<std::string> help = declared.read(words);
  options.words = given.words();
  seeded = options.seed != 0;
  return help;
}

Status ChaosCommand::perform() const {
  ChaosOptions asked = options;
  if (!seeded) asked.seed = std::random_device()();
  asked.say = [](const std::string& line) { tell("chaos: " + line); };
  asked.say("seed " + std::to_string(asked.seed));
  const ChaosReport report = run_chaos(asked);
  tell(text_of(report, asked.seed));
  return report.differences.empty() ? Status::done : Status::dead;
}

std::string text_of(const ChaosReport& report, std::uint64_t seed) {
  std::string text;
  for (const std::string& difference : report.differences) {
    text += "chaos: it differs:\n" + set_in(difference, "  | ");
  }
  text += "chaos: " + counted(report.kills, "kill");
  if (report.engine_kills > 0) {
    text += ", " + std::to_string(report.engine_kills) + " of the engine,";
  }
  text += " in " + counted(report.rounds, "run") + ", " + seconds_text(report.seconds, 1) + " s: ";
  if (report.differences.empty()) return text + "all as without\n";
  return text + "not as without; what it left is in " + report.folder +
         "\n  the same words with `--seed " + std::to_string(seed) +
         "` choose the same moments again\n";
}

}  // namespace penstock
