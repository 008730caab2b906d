#include "run/checkpoints.hpp"

#include <algorithm>
#include <string_view>

#include "base/clock.hpp"
#include "state/varint.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kWriteNs = 20 * kMs;
constexpr std::uint64_t kPlaceNs = 10 * kMs;  // between two places of a source that are kept
constexpr std::size_t kPlacesAtMost = 64;     // where one item takes long, every other is let go
constexpr std::size_t kEpochsLookedAt = 64;   // at a time
constexpr std::size_t kOutputsBytes = 256u << 10;  // in one row

}  // namespace

Checkpoints::Checkpoints(RunState& state, Delivery& delivery, Journal* journal)
    : state_(state), delivery_(delivery), journal_(journal) {
  if (!on()) return;
  for (const StageState& stage : state_.stages) {
    if (stage.is(TaskKind::source)) origins_[{stage.index, 0}];
  }
  state_.ledger.on_settled = [this](const Item& item) { ended(item); };
}

void Checkpoints::ended(const Item& item) {
  Origin& origin = origins_[{item.made_by, item.snapshot}];
  origin.ended.add(item.number);
  origin.changed = changed_ = true;
}

void Checkpoints::note_place(const StageState& source) {
  // Of the call that brings it to its limit, the rest was left out.
  const bool cut = state_.setup.limit > 0 && source.produced >= state_.setup.limit;
  if (!on() || cut || state_.now < placed_at_[source.index] + kPlaceNs) return;
  const Payload& payload = source.pinned.mark.payload;
  auto bytes = state_.read(payload, UINT64_MAX);
  if (!bytes) return;  // there is an earlier one
  placed_at_[source.index] = state_.now;
  auto& places = places_[source.index];
  if (places.size() >= kPlacesAtMost) {
    std::deque<Place> fewer;
    for (std::size_t i = 0; i < places.size(); i += 2) fewer.push_back(std::move(places[i]));
    places = std::move(fewer);
  }
  places.push_back({source.produced, std::move(bytes.value())});
}

void Checkpoints::note_unrepeatable(const StageState& source) {
  if (!on() || std::exchange(unrepeatable_, true)) return;
  JournalEntry entry;
  entry.facts.emplace_back("unrepeatable", source.plan->name);
  write(std::move(entry));
}

// Ids in groups of the same stages.
class Checkpoints::IdCollector {
 public:
  explicit IdCollector(Ledger& ledger) : ledger_(ledger) {}

  void add(ItemIndex item) {
    ledger_.for_each_path(item, [this](std::span<const Ledger::Step> path) { add(path); });
  }
  ItemIds take() { return std::move(ids_); }

 private:
  using Path = std::vector<Ledger::Step>;

  static bool alike(const Path& one, std::span<const Ledger::Step> other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](const auto& a, const auto& b) { return a.same_place(b); });
  }

  void add(std::span<const Ledger::Step> path) {
    if (last_ >= shapes_.size() || !alike(shapes_[last_], path)) {
      const auto found = std::find_if(shapes_.begin(), shapes_.end(),
                                      [&](const Path& shape) { return alike(shape, path); });
      last_ = static_cast<std::size_t>(found - shapes_.begin());
    }
    if (last_ == shapes_.size()) {
      shapes_.emplace_back(path.begin(), path.end());
      auto& names = ids_.groups.emplace_back().names;
      for (const Ledger::Step& step : path) names.push_back(ledger_.name_of(step));
    }
    auto& numbers = ids_.groups[last_].numbers;
    for (const Ledger::Step& step : path) numbers.push_back(step.number);
  }

  Ledger& ledger_;
  ItemIds ids_;
  std::vector<Path> shapes_;  // of the groups
  std::size_t last_ = 0;      // of them that was added to
};

void Checkpoints::remember(const EpochRecord& record) {
  Epoch epoch{{record.stage, record.instance, record.number}, {}};
  for (const ItemIds::Group& group : record.items.groups) {
    const auto origin = origin_named(group.names.front());
    if (!origin) continue;
    Cover cover{*origin, UINT64_MAX, 0};
    for (std::size_t i = 0; i < group.numbers.size(); i += group.names.size()) {
      cover.first = std::min(cover.first, group.numbers[i]);
      cover.last = std::max(cover.last, group.numbers[i]);
    }
    epoch.covers.push_back(cover);
  }
  epochs_.push_back(std::move(epoch));
}

std::uint64_t Checkpoints::prepare(const StageState& sink) {
  const PinnedState& pinned = sink.pinned;
  IdCollector ids(state_.ledger);
  for (ItemIndex item = pinned.retained.front(); item != kNoItem;
       item = state_.ledger.at(item).next) {
    ids.add(item);
  }
  JournalEntry entry;
  entry.sync = state_.plan.every_epoch_synced;
  entry.epochs.push_back(
      {sink.plan->name, sink.plan->instance, pinned.mark.number + 1, ids.take()});
  return write(std::move(entry));
}

// With the last item that a source item has led to, that has ended, which the same entry says. Ids
// are needed of all others.
void Checkpoints::end_retained(StageState& stage, std::uint64_t number, JournalEntry& entry) {
  ItemList& retained = stage.pinned.retained;
  IdCollector ids(state_.ledger);
  while (!retained.empty()) {
    const ItemIndex item = retained.pop_front(state_.ledger);
    if (!state_.ledger.is_last(item)) ids.add(item);
    state_.ledger.end(item, Fate::done);
  }
  entry.epochs.push_back({stage.plan->name, stage.plan->instance, number, ids.take()});
  remember(entry.epochs.back());
}

std::uint64_t Checkpoints::committed(StageState& sink) {
  const PinnedState& pinned = sink.pinned;
  auto answer = state_.read(pinned.mark.payload, UINT64_MAX);
  if (!answer) state_.end_early(Status::lack, answer.error().what());
  JournalEntry entry;
  entry.sync = state_.plan.every_epoch_synced || pinned.last_mark;
  end_retained(sink, pinned.mark.number, entry);
  entry.marks.push_back({sink.plan->name, sink.plan->instance, pinned.mark.number, false,
                         answer ? std::move(answer.value()) : std::string()});
  return write_progress(std::move(entry));
}

Result<std::uint64_t> Checkpoints::left(StageState& stage, const Worker& worker,
                                        const Payload& mark, std::uint32_t snapshot,
                                        bool finished) {
  auto answer = state_.read(mark, UINT64_MAX);
  if (!answer) return answer.error();
  JournalEntry entry;
  entry.sync = state_.plan.every_epoch_synced;
  entry.marks.push_back(
      {stage.plan->name, stage.plan->instance, snapshot, finished, std::move(answer.value())});

  std::uint64_t made = 0;
  const auto open_row = [&] {
    entry.outputs.push_back({stage.plan->name, stage.plan->instance, snapshot, made, {}, 0});
  };
  const auto keep = [&](std::uint16_t port, std::string_view bytes) {
    if (entry.outputs.empty() || entry.outputs.back().outputs.size() >= kOutputsBytes) open_row();
    OutputsRecord& row = entry.outputs.back();
    put_varint(row.outputs, port);
    put_bytes(row.outputs, bytes);
    ++row.count;
    ++made;
  };
  // One call for each item since the last snapshot, at most, and this one.
  const std::uint64_t calls = stage.pinned.retained.size() + 1;
  const std::uint64_t most = stage.plan->max_output;
  const auto copied = delivery_.copy(worker.id, stage.pinned.made,
                                     most > UINT64_MAX / calls ? UINT64_MAX : most * calls, keep);
  if (!copied) return copied.error();
  if (made > 0) {
    Origin& origin = origins_[{stage.index, snapshot}];
    origin.made = made;
    origin.changed = true;
  }
  end_retained(stage, snapshot, entry);
  return write_progress(std::move(entry));
}

void Checkpoints::put(DeadLetter letter) {
  if (!on()) {
    if (state_.setup.keep_letter) state_.setup.keep_letter(std::move(letter));
    return;
  }
  JournalEntry entry;
  entry.letters.push_back(std::move(letter));
  write(std::move(entry));
}

std::uint64_t Checkpoints::write(JournalEntry entry) {
  return journal_->put(std::move(entry));
}

bool Checkpoints::turn() {
  if (!on()) return false;
  if (failed_) return false;
  if (const auto failure = journal_->failure()) {
    failed_ = true;
    state_.end_early(failure->status() == Status::lack ? Status::lack : Status::gave_up,
                     std::string("the journal cannot be written: ") + failure->what());
    return false;
  }
  bool moved = false;
  if (state_.taking && !state_.ending) {
    for (StageState& stage : state_.stages) moved |= replay(stage);
  }
  std::erase_if(fates_, [](const auto& stage) { return stage.second.empty(); });
  if (fates_.empty() && prepared_.empty() && state_.fate_before) state_.fate_before = nullptr;
  if (changed_ && state_.now >= written_at_ + kWriteNs) write_progress({});
  return moved;
}

std::uint64_t Checkpoints::next_due() const {
  return changed_ && !failed_ ? written_at_ + kWriteNs : 0;
}

void Checkpoints::write_rest(bool over) {
  if (!on()) return;
  JournalEntry last;
  last.sync = true;
  if (over) last.facts.emplace_back("state", "finished");
  if (!over && !resumed_ && !taken())
    last.facts.emplace_back("state", "new");  // it leaves nothing behind
  write_progress(std::move(last));
}

bool Checkpoints::taken() const {
  return std::any_of(state_.stages.begin(), state_.stages.end(), [](const StageState& stage) {
    return stage.is(TaskKind::source) && stage.produced > 0;
  });
}

std::uint64_t Checkpoints::write_progress(JournalEntry entry) {
  written_at_ = state_.now;
  changed_ = false;
  for (auto& [stage, places] : places_) {
    const std::uint64_t floor = origins_.at({stage, 0}).ended.floor();
    std::optional<Place> last;
    for (; !places.empty() && places.front().position <= floor; places.pop_front()) {
      last = std::move(places.front());
    }
    if (!last) continue;
    entry.sources.push_back(
        {state_.stages[stage].plan->name, last->position, std::move(last->snapshot)});
  }
  for (auto origin = origins_.begin(); origin != origins_.end();) {
    const auto& [key, value] = *origin;
    const bool source = key.second == 0;
    if (!source && value.made > 0 && value.ended.size() >= value.made) {
      entry.forgotten_origins.push_back(name_of(key));
      origin = origins_.erase(origin);
      continue;
    }
    const bool more = source && state_.stages[key.first].produced > value.made;
    if (more || value.changed) {
      const StageState& stage = state_.stages[key.first];
      const std::uint64_t made = source ? std::max(stage.produced, stage.ended_before) : value.made;
      entry.origins.push_back({name_of(key), value.ended.encode(), made});
      origin->second.made = made;
      origin->second.changed = false;
    }
    ++origin;
  }
  add_accounts(entry);
  forget_old(entry);
  return write(std::move(entry));
}

// Those that have changed.
void Checkpoints::add_accounts(JournalEntry& entry) {
  const auto add = [&](const AccountRecord& record) {
    AccountRecord& written = accounts_[record.stage];
    if (written == record) return;
    written = record;
    entry.accounts.push_back(record);
  };
  AccountRecord run;
  run.done = state_.ledger.run().done;
  run.dead = state_.ledger.run().dead;
  run.retried = state_.ledger.run().retried;
  for (const StageState& stage : state_.stages) {
    if (stage.is_callback()) continue;
    const Account& settled = state_.ledger.settled(stage.index);
    run.skipped += settled.skipped;
    run.handled += settled.handled;
    add({account_name(stage), settled.done, settled.dead, settled.skipped, settled.handled,
         state_.ledger.stage(stage.index).retried, stage.ran, stage.busy_ns});
  }
  add(run);
}

// Of an epoch all of whose items come from what has ended, nothing will come again. Some are looked
// at each time.
void Checkpoints::forget_old(JournalEntry& entry) {
  std::size_t count = std::min(epochs_.size(), std::max(kEpochsLookedAt, epochs_.size() / 8));
  for (; count > 0 && !epochs_.empty(); --count) {
    if (next_epoch_ >= epochs_.size()) next_epoch_ = 0;
    Epoch& epoch = epochs_[next_epoch_];
    if (std::all_of(epoch.covers.begin(), epoch.covers.end(),
                    [this](const Cover& cover) { return gone(cover); })) {
      entry.forgotten_epochs.push_back(std::move(epoch.name));
      if (&epoch != &epochs_.back()) epoch = std::move(epochs_.back());
      epochs_.pop_back();
    } else {
      ++next_epoch_;
    }
  }
}

bool Checkpoints::gone(const Cover& cover) const {
  const auto origin = origins_.find(cover.origin);
  return origin == origins_.end() || origin->second.ended.covers(cover.first, cover.last);
}

std::string Checkpoints::account_name(const StageState& stage) {
  std::string name = stage.plan->name;
  if (stage.plan->partitioned) name += "." + std::to_string(stage.plan->instance);
  return name;
}

std::string Checkpoints::name_of(const OriginKey& origin) const {
  return state_.ledger.name_of({origin.first, origin.second, 0});
}

std::optional<Checkpoints::OriginKey> Checkpoints::origin_named(const std::string& name) const {
  const std::size_t dot = name.find_first_of(".+@");
  for (const StageState& stage : state_.stages) {
    if (stage.plan->name != name.substr(0, dot)) continue;
    if (dot == std::string::npos || name[dot] != '.') return OriginKey{stage.index, 0};
    const std::string instance = "." + std::to_string(stage.plan->instance) + ".";
    if (name.substr(dot, instance.size()) != instance) continue;
    return OriginKey{stage.index,
                     static_cast<std::uint32_t>(std::stoul(name.substr(dot + instance.size())))};
  }
  return std::nullopt;
}

}  // namespace penstock
