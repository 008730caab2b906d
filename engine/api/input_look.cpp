#include "api/input_look.hpp"

#include <algorithm>

#include "api/engine.hpp"
#include "api/shared_objects.hpp"

namespace penstock {
namespace {

Report open_alone(const Plan& plan, const StagePlan& source, const SourceRecord& place,
                  const std::string& run_id) {
  Plan alone = plan;
  alone.stages = {source};
  alone.stages.front().readers.clear();
  Engine engine;
  RunSetup setup;
  setup.only_opens = true;
  setup.id = run_id;
  share_objects(alone, engine, setup).value();
  Run run(engine.loop(), engine.keeper(), engine.symbolizer(), alone, nullptr, setup);
  JournalContent content;
  content.sources = {place};
  run.resume(std::move(content)).value();
  return run.execute().value();
}

}  // namespace

std::vector<std::string> troubles_of_sources(const Plan& plan, const JournalContent& content) {
  std::vector<std::string> troubles;
  for (const StagePlan& stage : plan.stages) {
    const auto place = std::find_if(
        content.sources.begin(), content.sources.end(),
        [&](const SourceRecord& one) { return one.stage == stage.name && !stage.callback; });
    if (place == content.sources.end() || stage.task.kind != TaskKind::source) continue;
    const Report report = open_alone(plan, stage, *place, content.fact("id"));
    if (report.status != Status::done) troubles.push_back(report.reason);
  }
  return troubles;
}

}  // namespace penstock
