#include <filesystem>
#include <string>
#include <utility>

#include "api/engine.hpp"
#include "api/lines.hpp"
#include "api/machine.hpp"
#include "ipc/order.hpp"
#include "penstock/pipeline.hpp"
#include "plan/arguments.hpp"
#include "run/payload_text.hpp"
#include "run/run.hpp"
#include "spec/load.hpp"

namespace penstock {
namespace {

constexpr StageIndex kLines = 0;
constexpr StageIndex kTask = 1;
constexpr StageIndex kPrint = 2;

// Parameters come as text and are read as those of a pipeline file are.
std::vector<Argument> read_parameters(const MapOptions& options, const TaskDescription& task) {
  std::string text = "pipeline: map\nstages:\n  map:\n    task: " + options.task + "\n";
  if (!options.with.empty()) text += "    with:\n";
  for (const auto& [name, value] : options.with) {
    const bool list = value.starts_with('[');
    text +=
        "      " + name + ": " + (list ? value : payload_json("text", value, value.size())) + "\n";
  }
  Loaded loaded = load_spec_text("--with", std::move(text));
  std::string problems;
  if (loaded.complete && !loaded.spec.stages.empty()) {
    std::vector<std::string> secrets;
    Findings findings(loaded.spec.sources);
    auto arguments = read_arguments(loaded.spec.stages.front(), task, secrets, findings);
    const std::vector<Finding> found = merged(std::move(loaded.findings), findings.take(secrets));
    if (found.empty()) return arguments;
    problems = to_text(found);
  } else {
    problems = to_text(loaded.findings);
  }
  throw Error(Status::refused, problems);
}

PluginDescription describe(Engine& engine, const MapOptions& options) {
  const std::size_t dot = options.task.find('.');
  if (dot == std::string::npos) {
    throw Error(Status::refused,
                "`" + options.task + "` names no task: write PLUGIN.TASK, such as text.upper");
  }
  Catalog catalog = engine.catalog(options.plugin_path, {});
  const PluginFile file = catalog.find(options.task.substr(0, dot)).value();
  return catalog.describe(file.path).value();
}

Plan plan_of(const MapOptions& options, const PluginDescription& plugin) {
  const std::string name = options.task.substr(options.task.find('.') + 1);
  const TaskDescription* task = plugin.find(name);
  if (task == nullptr) {
    throw Error(Status::refused, "plugin `" + plugin.name + "` has no task `" + name +
                                     "`; `penstock inspect " + plugin.name + "` lists them");
  }
  if (task->kind != TaskKind::transform) {
    throw Error(Status::refused, "`" + options.task + "` is a " +
                                     std::string(to_string(task->kind)) +
                                     "; map runs transforms, one item at a time");
  }
  Plan plan;
  plan.pipeline = "map";
  plan.memory = default_memory();
  plan.plugins = {plugin};
  PoolPlan pool;
  pool.name = "default";
  pool.processes = options.processes > 0 ? options.processes : usable_cores();
  plan.pools = {pool};

  const PortDescription text{{}, std::string(ipc::kLine), {}};
  StagePlan lines;
  lines.name = "line";
  lines.task.kind = TaskKind::source;
  lines.task.outputs = {text};
  lines.readers = {kTask};

  StagePlan stage;
  stage.name = name;
  stage.task_name = options.task;
  stage.task = *task;
  stage.arguments = read_parameters(options, *task);
  stage.from = {kLines};
  stage.from_types = {std::string(ipc::kLine)};
  stage.readers = {kPrint};
  stage.timeout = options.timeout;

  StagePlan print;
  print.name = "print";
  print.task.kind = TaskKind::sink;
  print.from = {kTask};
  print.from_types = {task->outputs.empty() ? std::string("bytes") : task->outputs.front().type};
  plan.stages = {std::move(lines), std::move(stage), std::move(print)};
  return plan;
}

}  // namespace

Report map_lines(const MapOptions& options) {
  Engine engine;
  const Plan plan = plan_of(options, describe(engine, options));
  DeadLetters letters;  // no state is kept: what was given up is told, line by line
  RunSetup setup;
  setup.handle_signals = options.handle_signals;
  setup.observer = options.observer;
  Run run(engine.loop(), engine.keeper(), engine.symbolizer(), plan, letters, setup);
  LinePrinter printer(plan.stages[kPrint].from_types.front(), options.ordered);
  LineReader reader(run.standard_input(), run.extents(), kLines, printer);
  run.attach(kLines, reader);
  run.attach(kPrint, printer);
  run.on_root_ended([&](std::uint64_t number) { printer.ended(number); });
  return run.execute().value();
}

}  // namespace penstock
