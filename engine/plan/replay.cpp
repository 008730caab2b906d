#include "plan/replay.hpp"

#include <algorithm>
#include <utility>

#include "spec/finding.hpp"

namespace penstock {
namespace {

constexpr std::size_t kGone = SIZE_MAX;

class ReplayPlanner {
 public:
  ReplayPlanner(const Plan& plan, const std::vector<Entrance>& entrances)
      : plan_(plan), entrances_(entrances), reached_(plan.stages.size()) {}

  Result<ReplayPlan> run(const std::set<std::string>& also, bool stateful_anew) {
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (also.contains(plan_.stages[i].name)) reach(i - plan_.stages[i].instance);
    }
    for (const Entrance& entrance : entrances_) {
      const auto first = find(entrance.stage);
      if (!first) return first.error();
      reach(*first);
    }
    for (std::size_t i = 0; i < plan_.stages.size() && !stateful_anew; ++i) {
      const StagePlan& stage = plan_.stages[i];
      if (!reached_[i] || stage.task.kind != TaskKind::stateful) continue;
      return Error(Status::refused,
                   "stage " + ticked(stage.name) + " (" + stage.task_name +
                       ") has given what it had to give, so that nothing can be added to it; "
                       "--outputs DIR runs these items alone, for what comes of them");
    }
    place();
    for (const Entrance& entrance : entrances_) {
      if (auto added = enter(entrance); !added) return added.error();
    }
    return std::move(result_);
  }

 private:
  Result<std::size_t> find(const std::string& name) const {
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (plan_.stages[i].name == name && !plan_.stages[i].callback) return i;
    }
    return Error(Status::refused, "an item was given up by stage " + ticked(name) +
                                      ", which the pipeline has no more");
  }

  // The stage, all its instances, and whatever reads from it.
  void reach(std::size_t first) {
    if (reached_[first]) return;
    for (std::size_t i = first; i < first + plan_.stages[first].instances; ++i) reached_[i] = true;
    for (const Reader& reader : plan_.stages[first].readers) reach(reader.stage);
  }

  void place() {
    result_.plan = plan_;
    result_.plan.stages.clear();
    result_.plan.tests.clear();
    StagePlan source;
    source.name = "replay";
    source.task.kind = TaskKind::source;
    result_.plan.stages.push_back(std::move(source));
    places_.assign(plan_.stages.size(), kGone);
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (!has_place(i)) continue;
      places_[i] = result_.plan.stages.size();
      result_.plan.stages.push_back(plan_.stages[i]);
    }
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (places_[i] != kGone) move(result_.plan.stages[places_[i]]);
    }
  }

  // A callback is told of stages that are there, or, if it names none, of all.
  bool has_place(std::size_t stage) const {
    if (!plan_.stages[stage].callback) return reached_[stage];
    const std::vector<std::size_t>& of = plan_.stages[stage].callback->stages;
    return of.empty() ||
           std::any_of(of.begin(), of.end(), [this](std::size_t other) { return reached_[other]; });
  }

  // What a stage says of others, at their new places.
  void move(StagePlan& stage) {
    std::vector<Edge> from;
    for (Edge& edge : stage.from) {
      if (places_[edge.from] == kGone) continue;
      edge.from = places_[edge.from];
      from.push_back(edge);
    }
    stage.from = std::move(from);
    if (stage.callback) {
      std::vector<std::size_t> of;
      for (const std::size_t other : stage.callback->stages) {
        if (places_[other] != kGone) of.push_back(places_[other]);
      }
      stage.callback->stages = std::move(of);
    }
    for (Reader& reader : stage.readers) {
      const std::size_t old = reader.stage;
      reader.stage = places_[old];
      // Edges before it may have gone.
      const auto& before = plan_.stages[old].from;
      reader.edge = static_cast<std::uint16_t>(
          std::count_if(before.begin(), before.begin() + reader.edge,
                        [&](const Edge& edge) { return places_[edge.from] != kGone; }));
    }
  }

  Result<void> enter(const Entrance& entrance) {
    const std::size_t first = places_[*find(entrance.stage)];
    StagePlan& entered = result_.plan.stages[first];
    const auto& inputs = entered.task.inputs;
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const PortDescription& port) {
      return port.name == entrance.input;
    });
    if (input == inputs.end()) {
      const std::string name =
          entrance.input.empty() ? "main input" : "input " + ticked(entrance.input);
      return Error(Status::refused,
                   "the task of stage " + ticked(entrance.stage) + " has no " + name + " any more");
    }
    auto& outputs = result_.plan.stages[ReplayPlan::kSource].task.outputs;
    const auto output = static_cast<std::uint16_t>(outputs.size());
    outputs.push_back(PortDescription{{}, entrance.type, {}, {}});
    const auto edge = static_cast<std::uint16_t>(entered.from.size());
    result_.plan.stages[ReplayPlan::kSource].readers.push_back(Reader{first, edge, output});
    const auto port = static_cast<std::uint16_t>(input - inputs.begin());
    for (std::size_t i = first; i < first + entered.instances; ++i) {
      result_.plan.stages[i].from.push_back(Edge{ReplayPlan::kSource, output, port, entrance.type});
    }
    result_.outputs[entrance] = output;
    return {};
  }

  const Plan& plan_;
  const std::vector<Entrance>& entrances_;
  std::vector<bool> reached_;
  std::vector<std::size_t> places_;  // of each stage, in the new plan
  ReplayPlan result_;
};

}  // namespace

Result<ReplayPlan> replay_plan(const Plan& plan, const std::vector<Entrance>& entrances,
                               const std::set<std::string>& also, bool stateful_anew) {
  return ReplayPlanner(plan, entrances).run(also, stateful_anew);
}

}  // namespace penstock
