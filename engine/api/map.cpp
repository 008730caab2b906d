#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/engine.hpp"
#include "api/lines.hpp"
#include "api/machine.hpp"
#include "api/parameters.hpp"
#include "ipc/order.hpp"
#include "penstock/pipeline.hpp"
#include "run/run.hpp"

namespace penstock {
namespace {

constexpr StageIndex kLines = 0;
constexpr StageIndex kTask = 1;
constexpr StageIndex kPrint = 2;  // the other outputs of the task follow, one sink each

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
  const TaskDescription& task = find_task(plugin, name);
  if (task.kind != TaskKind::transform) {
    throw Error(Status::refused, "`" + options.task + "` is a " +
                                     std::string(to_string(task.kind)) +
                                     "; map runs transforms, one item at a time");
  }
  Plan plan;
  plan.pipeline = "map";
  plan.memory = default_memory();
  plan.plugins = {plugin};
  PoolPlan pool;
  pool.name = "default";
  pool.processes =
      options.processes > 0 ? options.processes : static_cast<unsigned>(usable_cores().size());
  plan.pools = {pool};

  const PortDescription text{{}, std::string(ipc::kLine), {}};
  StagePlan lines;
  lines.name = "line";
  lines.task.kind = TaskKind::source;
  lines.task.outputs = {text};
  lines.readers = {Reader{kTask, 0, 0}};

  StagePlan stage;
  stage.name = name;
  stage.task_name = options.task;
  stage.task = task;
  stage.arguments = read_parameters({"`--with`", "--with "}, options.with, task, options.task);
  stage.from = {Edge{kLines, 0, 0, std::string(ipc::kLine)}};
  for (std::uint16_t i = 0; i < task.outputs.size(); ++i) {
    stage.readers.push_back(Reader{std::size_t{kPrint} + i, 0, i});
  }
  stage.timeout = options.timeout;

  plan.stages = {std::move(lines), std::move(stage)};
  for (std::uint16_t i = 0; i < task.outputs.size(); ++i) {
    StagePlan end;
    end.name = i == 0 ? "print" : "left out " + task.outputs[i].name;
    end.task.kind = TaskKind::sink;
    end.from = {Edge{kTask, i, 0, task.outputs[i].type}};
    plan.stages.push_back(std::move(end));
  }
  return plan;
}

}  // namespace

Report map_lines(const MapOptions& options) {
  Engine engine;
  const Plan plan = plan_of(options, describe(engine, options));
  RunSetup setup;
  setup.handle_signals = options.handle_signals;
  setup.observer = options.observer;
  Run run(engine.loop(), engine.keeper(), engine.symbolizer(), plan, nullptr, setup);
  LinePrinter printer(plan.stages[kPrint].from.front().type, options.ordered);
  LineReader reader(run.standard_input(), run.extents(), kLines, printer);
  run.attach(kLines, reader);
  run.attach(kPrint, printer);
  std::deque<LeftOut> left_out;
  for (StageIndex i = kPrint + 1; i < plan.stages.size(); ++i) {
    run.attach(i, left_out.emplace_back());
  }
  run.on_root_ended([&](const Item& item) { printer.ended(item.number); });
  Report report = run.execute().value();
  const auto& outputs = plan.stages[kTask].task.outputs;
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    if (left_out[i].count() == 0) continue;
    report.left_out.push_back({outputs[i + 1].name, left_out[i].count()});
  }
  return report;
}

}  // namespace penstock
