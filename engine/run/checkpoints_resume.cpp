// How a run goes on from what a journal holds.

#include <algorithm>
#include <string_view>

#include "run/checkpoints.hpp"
#include "state/varint.hpp"

namespace penstock {
namespace {

std::string text_of(const Ledger& ledger, std::span<const Ledger::Step> path) {
  std::string text;
  for (const Ledger::Step& step : path) {
    text += (text.empty() ? "" : "/") + ledger.name_of(step) + ":" +
            (step.number == kFailedRecord ? "failed" : std::to_string(step.number));
  }
  return text;
}

}  // namespace

Result<void> Checkpoints::resume(JournalContent content) {
  resumed_ = true;
  for (const OriginRecord& record : content.origins) {
    const auto key = origin_named(record.origin);
    if (!key) continue;
    auto ended = NumberSet::decode(record.ended);
    if (!ended) return ended.error();
    Origin& origin = origins_[*key];
    origin.ended = std::move(ended.value());
    origin.made = record.made;
    if (key->second == 0) state_.stages[key->first].ended_before = record.made;
  }
  for (const SourceRecord& record : content.sources) {
    const auto key = origin_named(record.stage);
    if (!key) continue;
    StageState& stage = state_.stages[key->first];
    if (auto set = set_mark(stage, 1, record.snapshot); !set) return set;
    stage.produced = record.position;
  }
  for (const MarkRecord& record : content.marks) {
    for (StageState& stage : state_.stages) {
      if (key_of(stage) != MarkKey{record.stage, record.instance}) continue;
      if (auto set = set_mark(stage, record.number, record.answer); !set) return set;
      stage.pinned.finished = record.finished;
      if (record.finished) stage.pinned.phase = Phase::closed;
    }
  }
  for (const EpochRecord& record : content.epochs) {
    for (const StageState& stage : state_.stages) {
      if (key_of(stage) != MarkKey{record.stage, record.instance}) continue;
      if (record.number <= stage.pinned.mark.number) {
        remember(record);
        take_fates(stage.index, record.items);
      } else {
        prepared_[key_of(stage)] = record;
      }
    }
  }
  for (OutputsRecord& record : content.outputs) {
    for (StageState& stage : state_.stages) {
      if (key_of(stage) != MarkKey{record.stage, record.instance}) continue;
      const std::uint64_t first = record.first;
      stage.made_before.push_back({std::move(record), first, 0});
      break;
    }
  }
  for (const auto& [stage_name, paths] : content.dead) {
    for (std::size_t at = 0; at < paths.size();) {
      const std::size_t end = std::min(paths.find('\n', at), paths.size());
      take_dead(stage_name, paths.substr(at, end - at));
      at = end + 1;
    }
  }
  state_.letters = content.dead.size();
  take_accounts(content);
  state_.has_ended = [this](StageIndex source, std::uint64_t number) {
    return origins_.at({source, 0}).ended.contains(number);
  };
  if (!fates_.empty() || !prepared_.empty()) watch_fates();
  return {};
}

Result<void> Checkpoints::set_mark(StageState& stage, std::uint64_t number,
                                   const std::string& bytes) {
  Checkpoint& mark = stage.pinned.mark;
  auto payload = state_.keep(std::as_bytes(std::span(bytes)));
  if (!payload) return payload.error();
  mark.taken = true;
  mark.number = number;
  mark.payload = payload.value();
  return {};
}

void Checkpoints::take_dead(const std::string& stage_name, const std::string& path) {
  const std::size_t colon = path.find(':');
  const auto key = origin_named(path.substr(0, colon));
  if (!key || colon == std::string::npos) return;
  const std::uint64_t number = std::strtoull(path.c_str() + colon + 1, nullptr, 10);
  if (gone({*key, number, number})) return;
  for (const StageState& stage : state_.stages) {
    if (stage.plan->name == stage_name) add_fate(stage.index, *key, number, path, Fate::dead);
  }
}

std::string Checkpoints::path_of(ItemIndex item) const {
  std::string paths;
  state_.ledger.for_each_path(item, [&](std::span<const Ledger::Step> path) {
    paths += (paths.empty() ? "" : "\n") + text_of(state_.ledger, path);
  });
  return paths;
}

void Checkpoints::take_fates(StageIndex stage, const ItemIds& items) {
  items.for_each([&](const ItemIds::Group& group, std::size_t first) {
    const auto origin = origin_named(group.names.front());
    const std::uint64_t number = group.numbers[first];
    if (origin && !gone({*origin, number, number})) {
      add_fate(stage, *origin, number, ItemIds::text(group, first), Fate::done);
    }
  });
  watch_fates();
}

void Checkpoints::add_fate(StageIndex stage, const OriginKey& origin, std::uint64_t number,
                           const std::string& item, Fate fate) {
  fates_[stage].emplace(item, fate);
  std::uint64_t& below = fates_below_[origin];
  below = std::max(below, number + 1);
}

void Checkpoints::watch_fates() {
  state_.fate_before = [this](ItemIndex item) { return fate_before(item); };
}

std::optional<std::uint64_t> Checkpoints::held_before(const StageState& sink) {
  const auto found = prepared_.find(key_of(sink));
  if (found == prepared_.end()) return std::nullopt;
  const EpochRecord epoch = std::move(found->second);
  prepared_.erase(found);
  take_fates(sink.index, epoch.items);
  remember(epoch);
  JournalEntry entry;
  entry.sync = state_.plan.every_epoch_synced;
  entry.marks.push_back({epoch.stage, epoch.instance, epoch.number, false, {}});
  return write(std::move(entry));
}

void Checkpoints::not_held(const StageState& sink) {
  prepared_.erase(key_of(sink));
}

// What several items have made together has ended where it has for each of them.
std::optional<Fate> Checkpoints::fate_before(ItemIndex index) {
  const auto stage = fates_.find(state_.ledger.at(index).stage);
  if (stage == fates_.end()) return std::nullopt;
  auto& known = stage->second;
  std::vector<std::string> found;
  bool all = true;
  Fate fate = Fate::done;
  state_.ledger.for_each_path(index, [&](std::span<const Ledger::Step> path) {
    const Ledger::Step& first = path.front();
    const auto below = fates_below_.find({first.stage, first.snapshot});
    all &= below != fates_below_.end() && first.number < below->second;
    if (!all) return;
    std::string text = text_of(state_.ledger, path);
    const auto entry = known.find(text);
    all &= entry != known.end();
    if (!all) return;
    if (entry->second == Fate::dead) fate = Fate::dead;
    found.push_back(std::move(text));
  });
  if (!all) return std::nullopt;
  const std::string& name = state_.plan.stages[stage->first].name;
  for (auto& [instance, others] : fates_) {  // a dead letter does not say of which instance it is
    if (state_.plan.stages[instance].name != name) continue;
    for (const std::string& text : found) others.erase(text);
  }
  return fate;
}

void Checkpoints::take_accounts(const JournalContent& content) {
  const auto account_of = [](const AccountRecord& record) {
    return Account{record.done + record.dead,
                   record.done,
                   record.dead,
                   record.skipped,
                   record.handled,
                   record.retried};
  };
  Account run;
  std::vector<Account> stages(state_.stages.size());
  for (const AccountRecord& record : content.accounts) {
    if (record.stage.empty()) run = account_of(record);
    for (StageState& stage : state_.stages) {
      if (stage.is_callback() || account_name(stage) != record.stage) continue;
      stages[stage.index] = account_of(record);
      stage.ran = record.ran;
      stage.busy_ns = record.nanos;
    }
  }
  state_.ledger.resume(run, stages);
}

bool Checkpoints::replay(StageState& stage) {
  if (stage.made_before.empty()) return false;
  bool moved = false;
  while (!stage.made_before.empty() && state_.room_after(stage) > 0) {
    MadeBefore& row = stage.made_before.front();
    std::string_view rest = std::string_view(row.record.outputs).substr(row.at);
    if (rest.empty()) {
      stage.made_before.pop_front();
      continue;
    }
    std::uint64_t port = 0;
    std::string_view bytes;
    if (!take_varint(rest, port) || !take_bytes(rest, bytes) ||
        port >= stage.plan->task.outputs.size()) {
      state_.end_early(Status::gave_up, "stage `" + stage.plan->name +
                                            "`: the journal holds outputs that cannot be read");
      return false;
    }
    const OriginKey origin{stage.index, static_cast<std::uint32_t>(row.record.snapshot)};
    if (!gone({origin, row.next, row.next})) {
      auto payload = state_.keep(std::as_bytes(std::span(bytes)));
      if (!payload) {
        state_.end_early(Status::lack, payload.error().what());
        return false;
      }
      delivery_.emit_again(stage, origin.second, static_cast<std::uint16_t>(port), payload.value(),
                           row.next);
    }
    ++row.next;
    row.at = row.record.outputs.size() - rest.size();
    moved = true;
  }
  return moved;
}

}  // namespace penstock
