#include "plan/assembly.hpp"

#include <algorithm>

namespace penstock {
namespace {

// Each instance has a process of its own.
constexpr std::size_t most_instances = 4096;
constexpr std::size_t most_edges = UINT16_MAX;

class Assembly {
 public:
  Assembly(const Spec& spec, const Wiring& wiring, std::vector<StagePlan> stages,
           Findings& findings)
      : spec_(spec),
        wiring_(wiring),
        stages_(std::move(stages)),
        findings_(findings),
        sequence_(topological_order(wiring.graph)),
        first_(stages_.size()) {}

  std::vector<StagePlan> run() {
    limit();
    for (const std::size_t stage : sequence_) place(stage);
    connect_readers();
    return std::move(result_);
  }

 private:
  void limit();
  void place(std::size_t stage);
  bool in_order(std::size_t stage) const;
  void connect_readers();

  const Spec& spec_;
  const Wiring& wiring_;
  std::vector<StagePlan> stages_;
  Findings& findings_;
  std::vector<std::size_t> sequence_;
  std::vector<std::size_t> first_;  // of each stage of the spec: where it stands in the result
  std::vector<StagePlan> result_;
};

// Makes less of what is too large, so that nothing behind this has to care.
void Assembly::limit() {
  std::size_t instances = 0;
  for (StagePlan& stage : stages_) {
    if (!stage.partitioned) continue;
    instances += stage.instances;
    if (instances <= most_instances) continue;
    const auto index = static_cast<std::size_t>(&stage - stages_.data());
    findings_.add(spec_.stages[index].partition->mark,
                  "the instances of all partitioned stages up to here are " +
                      std::to_string(instances) + ", and at most " +
                      std::to_string(most_instances) + " can be run",
                  "each is a process of its own: partition into fewer");
    instances -= stage.instances;
    stage.instances = 1;
  }
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    std::size_t edges = 0;
    for (const Wire& wire : wiring_.into[stage]) edges += stages_[wire.from].instances;
    if (edges <= most_edges) continue;
    findings_.add(spec_.stages[stage].from_mark,
                  "stage " + ticked(spec_.stages[stage].name.value) + " reads from " +
                      std::to_string(edges) + " outputs, each instance counted, and at most " +
                      std::to_string(most_edges) + " are possible",
                  "let a stage between them read a part of them");
    for (const Wire& wire : wiring_.into[stage]) stages_[wire.from].instances = 1;
  }
}

void Assembly::place(std::size_t number) {
  StagePlan& stage = stages_[number];
  for (const Wire& wire : wiring_.into[number]) {
    for (std::size_t i = 0; i < stages_[wire.from].instances; ++i) {
      stage.from.push_back({first_[wire.from] + i, wire.output, wire.input, wire.type});
    }
  }
  stage.in_order = in_order(number);
  first_[number] = result_.size();
  for (std::uint16_t i = 0; i < stage.instances; ++i) {
    result_.push_back(stage);
    result_.back().instance = i;
  }
}

bool Assembly::in_order(std::size_t number) const {
  const StageSpec& stage = spec_.stages[number];
  if (stage.ordered && stage.ordered->value) return true;
  if (stages_[number].partitioned && !stage.ordered) return true;
  // What an ordered transform makes is handed on in order.
  return std::any_of(
      wiring_.into[number].begin(), wiring_.into[number].end(), [&](const Wire& wire) {
        const Given<bool>& ordered = spec_.stages[wire.from].ordered;
        return ordered && ordered->value && stages_[wire.from].task.kind == TaskKind::transform;
      });
}

void Assembly::connect_readers() {
  for (std::size_t reader = 0; reader < result_.size(); ++reader) {
    if (result_[reader].instance != 0) continue;
    const std::vector<Edge>& edges = result_[reader].from;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      result_[edges[i].from].readers.push_back(
          {reader, static_cast<std::uint16_t>(i), edges[i].output});
    }
  }
}

}  // namespace

std::vector<StagePlan> assemble(const Spec& spec, const Wiring& wiring,
                                std::vector<StagePlan> stages, Findings& findings) {
  return Assembly(spec, wiring, std::move(stages), findings).run();
}

}  // namespace penstock
