#include "run/sequence.hpp"

namespace penstock {
namespace {

// Whether what is made from an item before `stage` can come to the stages that read it. What a
// stateful stage makes are items of their own; only the record of a failure is made from one.
bool leads_on(const StagePlan& stage, const Reader& reader) {
  return stage.task.kind == TaskKind::transform || reader.output == kFailedOutput;
}

}  // namespace

Sequence::Sequence(const Plan& plan, Ledger& ledger)
    : ledger_(ledger), gate_of_(plan.stages.size(), kNone) {
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    if (!plan.stages[i].in_order || plan.stages[i].instance > 0) continue;
    const auto number = static_cast<std::uint16_t>(gates_.size());
    Gate& gate = gates_.emplace_back();
    gate.leads_here.assign(plan.stages.size(), false);
    // The instances of a stage have one gate: which of them an item goes to shows when it is made.
    for (std::size_t k = 0; k < plan.stages[i].instances; ++k) {
      gate_of_[i + k] = number;
      gate.leads_here[i + k] = true;
    }
    // A stage stands after all that it reads from.
    for (std::size_t from = i; from-- > 0;) {
      const StagePlan& stage = plan.stages[from];
      for (const Reader& reader : stage.readers) {
        if (leads_on(stage, reader) && gate.leads_here[reader.stage]) gate.leads_here[from] = true;
      }
    }
  }
}

Sequence::Place& Sequence::place(Gate& gate, ItemIndex item) {
  if (item >= gate.places.size()) gate.places.resize(item + 1);
  return gate.places[item];
}

void Sequence::append(ItemIndex item) {
  const Item& entry = ledger_.at(item);
  for (Gate& gate : gates_) {
    if (gate.leads_here[entry.stage]) link(gate, gate.lines[entry.made_by], item, kNoItem);
  }
}

void Sequence::insert(ItemIndex item, ItemIndex made_from) {
  const StageIndex stage = ledger_.at(item).stage;
  for (Gate& gate : gates_) {
    if (!gate.leads_here[stage]) continue;
    Line* line = place(gate, made_from).line;
    if (line != nullptr) link(gate, *line, item, made_from);
  }
}

// Before `after`; at the end if that is none.
void Sequence::link(Gate& gate, Line& line, ItemIndex item, ItemIndex after) {
  const ItemIndex before = after == kNoItem ? line.tail : place(gate, after).before;
  place(gate, item) = Place{before, after, &line, false};
  (before == kNoItem ? line.head : place(gate, before).after) = item;
  (after == kNoItem ? line.tail : place(gate, after).before) = item;
}

void Sequence::unlink(Gate& gate, ItemIndex item) {
  Place& gone = place(gate, item);
  Line& line = *gone.line;
  (gone.before == kNoItem ? line.head : place(gate, gone.before).after) = gone.after;
  (gone.after == kNoItem ? line.tail : place(gate, gone.after).before) = gone.before;
  gone = Place{};
}

void Sequence::arrive(ItemIndex item) {
  Gate& gate = gates_[gate_of_[ledger_.at(item).stage]];
  Place& here = place(gate, item);
  if (here.line == nullptr) {
    passed_.push_back(item);  // it has been through
    return;
  }
  here.arrived = true;
  advance(gate, *here.line);
}

void Sequence::leave(ItemIndex item) {
  for (Gate& gate : gates_) {
    Line* line = place(gate, item).line;
    if (line == nullptr) continue;
    unlink(gate, item);
    advance(gate, *line);
  }
}

void Sequence::advance(Gate& gate, Line& line) {
  while (line.head != kNoItem && place(gate, line.head).arrived) {
    passed_.push_back(line.head);
    unlink(gate, line.head);
  }
}

}  // namespace penstock
