#include "run/run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/clock.hpp"
#include "ipc/doorbell.hpp"
#include "run/account.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kNoteEveryNs = 100 * kMs;
constexpr std::uint64_t kWatchEveryNs = kMs;
constexpr std::uint64_t kStoodStillNs = 1'000 * kMs;  // longer than the loop ever takes
constexpr std::uint64_t kSleepAtMostNs = 1'000 * kMs;
constexpr std::uint64_t kGoodbyeNs = 2'000 * kMs;

}  // namespace

Run::Run(boost::asio::io_context& loop, Keeper& keeper, Symbolizer& symbolizer, const Plan& plan,
         Journal* journal, const RunSetup& setup)
    : loop_(loop),
      keeper_(keeper),
      observation_(setup.observer),
      output_([this](std::string line) { observation_.line(Level::info, std::move(line)); }),
      state_(loop, plan, setup),
      input_(loop, state_.extents, state_.memory),
      callbacks_(state_),
      delivery_(state_, input_),
      checkpoints_(state_, delivery_, journal),
      failures_(state_, delivery_, callbacks_, checkpoints_),
      feeder_(state_),
      intake_(state_, delivery_, input_),
      pinned_(state_, feeder_, delivery_, callbacks_, failures_, intake_, input_, checkpoints_),
      dispatcher_(state_, feeder_, callbacks_),
      grants_(state_, dispatcher_),
      receiver_(state_, delivery_, callbacks_, dispatcher_, pinned_, failures_, intake_, grants_),
      supervisor_(state_, receiver_, dispatcher_, pinned_, callbacks_, failures_, symbolizer),
      ending_(loop, state_) {
  state_.ledger.id_of_root = setup.id_of_root;
  state_.say = [this](Level level, std::string text) { observation_.line(level, std::move(text)); };
  state_.ledger.on_root_ended = [this](const Item& item) { callbacks_.tell_done(item); };
}

void Run::attach(StageIndex stage, EngineSource& source) {
  state_.stages[stage].in_engine = true;
  intake_.attach(stage, source);
}

void Run::attach(StageIndex stage, EngineSink& sink) {
  state_.stages[stage].in_engine = true;
  pinned_.attach(stage, sink);
}

void Run::on_root_ended(std::function<void(const Item& item)> listener) {
  state_.ledger.on_root_ended = [this, listener = std::move(listener)](const Item& item) {
    callbacks_.tell_done(item);
    listener(item);
  };
}

Result<Report> Run::execute() {
  if (auto begun = begin(); !begun) {
    checkpoints_.write_rest(false);
    return begun.error();
  }
  Loop loop(loop_);
  loop.add(*this);
  loop.drive([this] { return finished(); });
  const bool over = !state_.ending;
  call_back(loop);
  shut_down(loop);
  checkpoints_.write_rest(over);
  return report();
}

Result<void> Run::begin() {
  FleetEvents events;
  events.wrote = [this](Worker& worker, std::string_view line) {
    if (state_.setup.caller != nullptr && state_.setup.observer == nullptr) {
      // As it would be if the task ran here.
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
      return;
    }
    output_.wrote(worker, line, ipc::monotonic_ns());
  };
  events.ended = [this](Worker& worker, const WorkerEnd& end) {
    output_.ended(worker);
    supervisor_.ended(worker, end);
    if (state_.setup.worker_ended) state_.setup.worker_ended(worker, end);
  };
  auto fleet =
      Fleet::create(loop_, keeper_, state_.extents, std::move(events), state_.setup.program);
  if (!fleet) return fleet.error();
  state_.fleet = std::move(fleet.value());

  if (state_.setup.handle_signals) ending_.listen();
  state_.now = state_.began_at = ipc::monotonic_ns();
  return {};
}

// The work is over; whoever wants to know is told, and has the time that a callback may take. Where
// the run was stopped, only a little of it.
void Run::call_back(Loop& loop) {
  Completed completed;
  completed.event = Event::run_done;
  const Report end = report();
  completed.outcome = state_.ending ? "stopped" : "done";
  completed.cause = state_.reason;
  completed.seconds = end.seconds;
  completed.value = account_value(end);
  callbacks_.tell(completed);
  callbacks_.close();
  ending_.only_callbacks();
  settle();
  loop.drive([this] { return callbacks_.all_called() || ending_.callbacks_out_of_time(); });
}

bool Run::turn() {
  if (leaving_) return false;
  const std::uint64_t before = state_.now;
  state_.now = ipc::monotonic_ns();
  if (state_.now - before > kStoodStillNs + kSleepAtMostNs) {
    supervisor_.forgive(state_.now - before);
  }

  bool moved = receiver_.turn();
  moved |= grants_.grant();
  failures_.wake_due();
  state_.held_up = callbacks_.hold_up() || checkpoints_.full();
  if (!state_.held_up) moved |= delivery_.expand();
  settle();
  moved |= checkpoints_.turn();
  moved |= pinned_.turn();
  if (state_.setup.caller != nullptr && !state_.ending) {
    moved |= state_.setup.caller->supply(dispatcher_.call_room());
  }
  moved |= dispatcher_.turn();
  moved |= intake_.turn();
  if (!moved) moved = grants_.relieve();
  for (StageState& stage : state_.stages) {
    if (!input_.used_by(stage.index)) continue;
    intake_.feed(stage);
    checkpoints_.note_unrepeatable(stage);
  }
  if (!moved || state_.now >= watched_at_ + kWatchEveryNs) {
    watched_at_ = state_.now;
    supervisor_.watch();
    take_note();
  }
  state_.fleet->flush();
  return moved;
}

// Sees which stages are over. A stage stands after all that it reads from.
void Run::settle() {
  for (StageState& stage : state_.stages) {
    if (!stage.is_callback()) {
      stage.upstream_over =
          std::all_of(stage.plan->from.begin(), stage.plan->from.end(),
                      [&](const Edge& edge) { return state_.stages[edge.from].over; });
    }
    const bool was_over = std::exchange(stage.over, is_over(stage));
    if (stage.over && !was_over && !stage.is_callback()) tell_over(stage);
  }
  if (state_.taking || !all_opened()) return;
  state_.taking = true;
  if (state_.setup.only_opens) state_.end_early(Status::done, {});
}

bool Run::is_over(const StageState& stage) const {
  const bool empty = stage.spools.empty() && stage.made_before.empty() && stage.queue.empty() &&
                     stage.gated == 0 && stage.running == 0 && stage.reporting == 0;
  switch (stage.plan->task.kind) {
    case TaskKind::source:
      return stage.ended && stage.asking == 0 && empty;
    case TaskKind::transform:
      return stage.upstream_over && empty && stage.delayed == 0;
    case TaskKind::stateful:
      return stage.upstream_over && stage.pinned.phase >= Phase::closing && empty;
    case TaskKind::sink:
      return stage.pinned.phase == Phase::closed && empty;
  }
  return false;
}

void Run::tell_over(const StageState& stage) {
  const std::size_t first = stage.index - stage.plan->instance;
  for (std::size_t i = first; i < first + stage.plan->instances; ++i) {
    if (!state_.stages[i].over) return;
  }
  if (!callbacks_.wants(Event::stage_done, static_cast<StageIndex>(first))) return;
  Completed completed;
  completed.event = Event::stage_done;
  completed.stage = stage.plan->name;
  completed.outcome = "done";
  completed.seconds = static_cast<double>(state_.now - state_.began_at) / 1e9;
  completed.value = account_value(report_of(state_, state_.stages[first]));
  callbacks_.tell(completed, static_cast<StageIndex>(first));
}

// Nothing is taken before everything has been opened once.
bool Run::all_opened() const {
  std::vector<bool> served(state_.plan.pools.size());
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (!worker->stage && worker->state == Worker::State::serving) served[worker->pool] = true;
  }
  return std::all_of(state_.stages.begin(), state_.stages.end(), [&](const StageState& stage) {
    // Of a run that goes on, some may have ended before the interruption, and need no worker.
    if (stage.is_callback() || stage.in_engine || stage.over) return true;
    return stage.is_pinned() ? stage.pinned.phase >= Phase::open : served[stage.plan->pool];
  });
}

bool Run::finished() {
  if (!state_.ending) {
    return std::all_of(state_.stages.begin(), state_.stages.end(),
                       [](const StageState& stage) { return stage.over || stage.is_callback(); }) &&
           !failures_.letters_wait();
  }
  if (ending_.begins()) {
    // Calls that run may end; those that wait behind them are not begun.
    for (const auto& [id, worker] : state_.fleet->workers()) {
      if (state_.callback_of(*worker) != nullptr) continue;
      (void)worker->link.withdraw(worker->next_call - 1);
    }
  }
  if (ending_.calls_out_of_time()) return true;
  if (failures_.letters_wait()) return false;
  for (const StageState& stage : state_.stages) {
    if (stage.is_pinned() && !stage.is_callback() && !pinned_.settled(stage)) return false;
  }
  return std::all_of(state_.fleet->workers().begin(), state_.fleet->workers().end(),
                     [this](const auto& entry) {
                       return entry.second->calls.empty() || state_.callback_of(*entry.second);
                     });
}

bool Run::works() const {
  return std::any_of(state_.fleet->workers().begin(), state_.fleet->workers().end(),
                     [](const auto& entry) { return !entry.second->calls.empty(); });
}

std::uint64_t Run::next_due() const {
  std::uint64_t due = UINT64_MAX;
  if (leaving_) return due;
  for (const std::uint64_t when :
       {failures_.next_due(), intake_.next_due(), pinned_.next_due(), dispatcher_.next_due(),
        feeder_.next_due(), supervisor_.next_due(), checkpoints_.next_due(),
        state_.setup.observer != nullptr ? noted_at_ + kNoteEveryNs : 0}) {
    if (when > 0) due = std::min(due, when);
  }
  // Whether a full ring takes more again is not told: it is looked at.
  if (state_.fleet->anything_to_send()) due = std::min(due, state_.now + kMs);
  return due;
}

void Run::take_note() {
  if (state_.setup.observer == nullptr || state_.now < noted_at_ + kNoteEveryNs) return;
  noted_at_ = state_.now;
  observation_.progress(report());
}

void Run::extend() {
  state_.extend();
  dispatcher_.extend();
}

void Run::call(StageIndex stage, std::uint64_t number, const Payload& payload, bool several,
               std::optional<CallTerms> terms) {
  state_.ledger.count_source_item();
  const ItemIndex index = state_.ledger.add(payload, stage, stage, number, kNoItem);
  Item& item = state_.ledger.at(index);
  item.edge = several ? 1 : 0;
  item.particular = terms.has_value();
  if (terms) state_.terms.emplace(index, std::move(*terms));
  state_.enqueue(index);
}

bool Run::cancel(std::uint64_t number, bool running) {
  const auto is_it = [&](ItemIndex item) { return state_.ledger.at(item).number == number; };
  for (const StageState& stage : state_.stages) {
    for (ItemIndex item = stage.queue.front(); item != kNoItem;
         item = state_.ledger.at(item).next) {
      if (!is_it(item)) continue;
      state_.ledger.at(item).cancelled = true;
      return true;
    }
  }
  if (failures_.cancel(number)) return true;
  for (const auto& [id, worker] : state_.fleet->workers()) {
    for (const Call& call : worker->calls) {
      if (call.kind != ipc::Kind::run || call.unwanted || !is_it(call.item)) continue;
      if (!running) return false;
      state_.ledger.at(call.item).cancelled = true;
      if (&call == &worker->calls.front()) supervisor_.strike(*worker);
      return true;
    }
  }
  return false;
}

Result<Payload> Run::keep(std::span<const std::byte> bytes) {
  return state_.keep(bytes);
}

Result<void> Run::read(const Payload& payload, std::span<std::byte> into) const {
  return state_.read(payload, into);
}

void Run::leave() {
  // Who still has a call in hand had the time to end it.
  for (const auto& [id, worker] : state_.fleet->workers()) {
    const bool leaves = std::all_of(
        worker->calls.begin(), worker->calls.end(),
        [](const Call& call) { return call.kind == ipc::Kind::close || call.unwanted; });
    if (leaves && worker->alive()) {
      if (worker->state != Worker::State::stopping) {
        worker->link.send(ipc::Descriptor{.kind = ipc::Kind::stop});
      }
      worker->state = Worker::State::stopping;
    } else {
      state_.fleet->kill(*worker, SIGKILL);
    }
  }
  state_.ending = true;
  leaving_ = true;
  failures_.write_rest();
  state_.fleet->flush();
}

void Run::shut_down(Loop& loop) {
  leave();
  loop.drive([this] { return gone() || ending_.at_once(); }, ipc::monotonic_ns() + kGoodbyeNs);
  ending_.listen_no_more();
  state_.fleet.reset();
}

Report Run::report() const {
  return report_of(state_, callbacks_);
}

}  // namespace penstock
