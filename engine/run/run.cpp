#include "run/run.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSignalPatienceNs = 10'000 * kMs;  // running calls may finish
constexpr std::uint64_t kFailurePatienceNs = 2'000 * kMs;
constexpr std::uint64_t kNoteEveryNs = 100 * kMs;
constexpr std::uint64_t kWatchEveryNs = kMs;
constexpr std::uint64_t kStoodStillNs = 1'000 * kMs;  // longer than the loop ever takes
constexpr std::uint64_t kSleepAtMostNs = 1'000 * kMs;
constexpr std::uint64_t kPollEvery = 64;  // turns; a look at the descriptors costs a system call
constexpr auto kGoodbye = std::chrono::seconds(2);

std::uint64_t peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    unsigned long long kib = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %llu kB", &kib) == 1) return kib * 1024;
  }
  return 0;
}

}  // namespace

Run::Run(boost::asio::io_context& loop, Keeper& keeper, Symbolizer& symbolizer, const Plan& plan,
         DeadLetters& letters, const RunSetup& setup)
    : loop_(loop),
      keeper_(keeper),
      letters_(letters),
      callbacks_(setup.observer),
      state_(loop, plan),
      input_(loop, state_.extents),
      delivery_(state_, input_),
      failures_(state_, letters),
      intake_(state_, delivery_, input_),
      pinned_(state_, delivery_, failures_, intake_, input_),
      dispatcher_(state_, failures_),
      receiver_(state_, delivery_, dispatcher_, pinned_, failures_, intake_),
      supervisor_(state_, receiver_, dispatcher_, pinned_, failures_, symbolizer),
      signals_(loop),
      handle_signals_(setup.handle_signals) {
  state_.limit = setup.limit;
  state_.say = [this](Level level, std::string text) { callbacks_.line(level, std::move(text)); };
}

void Run::attach(StageIndex stage, EngineSource& source) {
  state_.stages[stage].in_engine = true;
  intake_.attach(stage, source);
}

void Run::attach(StageIndex stage, EngineSink& sink) {
  state_.stages[stage].in_engine = true;
  pinned_.attach(stage, sink);
}

void Run::on_root_ended(std::function<void(std::uint64_t number)> listener) {
  state_.ledger.on_root_ended = std::move(listener);
}

Result<Report> Run::execute() {
  FleetEvents events;
  events.wrote = [this](Worker& worker, std::string_view line) {
    callbacks_.line(Level::info, "[" + worker.name() + "] " + std::string(line));
  };
  events.ended = [this](Worker& worker, const WorkerEnd& end) { supervisor_.ended(worker, end); };
  auto fleet = Fleet::create(loop_, keeper_, state_.extents, std::move(events));
  if (!fleet) return fleet.error();
  state_.fleet = std::move(fleet.value());

  if (handle_signals_) listen_for_signals();
  state_.now = began_at_ = ipc::monotonic_ns();
  while (!finished()) {
    const bool moved = turn();
    if (!moved) sleep();
  }
  shut_down();
  return report();
}

bool Run::turn() {
  const std::uint64_t before = state_.now;
  state_.now = ipc::monotonic_ns();
  if (state_.now - before > kStoodStillNs + kSleepAtMostNs) {
    supervisor_.forgive(state_.now - before);
  }

  bool moved = receiver_.turn();
  moved |= receiver_.grant();
  failures_.wake_due();
  moved |= delivery_.expand();
  settle();
  moved |= pinned_.turn();
  moved |= dispatcher_.turn();
  moved |= intake_.turn();
  if (!moved) moved = receiver_.relieve();
  for (StageState& stage : state_.stages) {
    if (input_.used_by(stage.index)) intake_.feed(stage);
  }
  if (!moved || state_.now >= watched_at_ + kWatchEveryNs) {
    watched_at_ = state_.now;
    supervisor_.watch();
    take_note();
  }
  state_.fleet->flush();
  if (++turns_ % kPollEvery == 0) moved |= loop_.poll() > 0;
  return moved;
}

// Sees which stages are over. A stage stands after all that it reads from.
void Run::settle() {
  bool all_open = true;
  for (StageState& stage : state_.stages) {
    stage.upstream_over = std::all_of(stage.plan->from.begin(), stage.plan->from.end(),
                                      [&](std::size_t from) { return state_.stages[from].over; });
    const bool empty = stage.spools.empty() && stage.queue.empty() && stage.running == 0;
    switch (stage.plan->task.kind) {
      case TaskKind::source:
        stage.over = stage.ended && stage.asking == 0 && empty;
        break;
      case TaskKind::transform:
        stage.over = stage.upstream_over && empty && stage.delayed == 0;
        break;
      case TaskKind::stateful:
        stage.over = stage.pinned.phase >= Phase::closing && empty;
        break;
      case TaskKind::sink:
        stage.over = stage.pinned.phase == Phase::closed;
        break;
    }
    if (stage.is_pinned() && stage.pinned.phase < Phase::open) all_open = false;
  }
  if (state_.taking || !all_open) return;
  // Nothing is taken before everything has been opened once.
  std::vector<bool> served(state_.plan.pools.size());
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (!worker->stage && worker->state == Worker::State::serving) served[worker->pool] = true;
  }
  state_.taking = std::all_of(state_.stages.begin(), state_.stages.end(), [&](const auto& stage) {
    return !stage.is(TaskKind::transform) || served[stage.plan->pool];
  });
}

bool Run::finished() {
  if (!state_.ending) {
    return std::all_of(state_.stages.begin(), state_.stages.end(),
                       [](const StageState& stage) { return stage.over; }) &&
           !failures_.letters_wait();
  }
  if (ending_at_ == 0) {
    ending_at_ = state_.now;
    // Calls that run may end; those that wait behind them are not begun.
    for (const auto& [id, worker] : state_.fleet->workers()) {
      worker->link.send(ipc::numbered(ipc::Kind::give_back, worker->next_call - 1));
    }
    state_.fleet->flush();
  }
  const bool by_signal =
      state_.status == Status::interrupted || state_.status == Status::terminated;
  if (hurry_ || state_.now >= ending_at_ + (by_signal ? kSignalPatienceNs : kFailurePatienceNs)) {
    return true;
  }
  if (failures_.letters_wait()) return false;
  for (const StageState& stage : state_.stages) {
    if (stage.is_pinned() && !pinned_.settled(stage)) return false;
  }
  return std::all_of(state_.fleet->workers().begin(), state_.fleet->workers().end(),
                     [](const auto& entry) { return entry.second->calls.empty(); });
}

void Run::sleep() {
  const bool somebody_works =
      std::any_of(state_.fleet->workers().begin(), state_.fleet->workers().end(),
                  [](const auto& entry) { return !entry.second->calls.empty(); });
  const auto anything = [this] { return state_.fleet->anything_to_receive(); };
  if (somebody_works && ipc::look_for(anything)) return;

  state_.fleet->set_sleeping(true);
  if (!anything() && !receiver_.turn_unpublished()) {
    const std::uint64_t now = ipc::monotonic_ns();
    const std::uint64_t due = next_due();
    const std::uint64_t wait = std::min(due > now ? due - now : 0, kSleepAtMostNs);
    loop_.restart();
    loop_.run_one_for(std::chrono::nanoseconds(wait));
  }
  state_.fleet->set_sleeping(false);
  loop_.poll();
}

std::uint64_t Run::next_due() const {
  std::uint64_t due = UINT64_MAX;
  for (const std::uint64_t when :
       {failures_.next_due(), intake_.next_due(), pinned_.next_due(), dispatcher_.next_due(),
        supervisor_.next_due(), noted_at_ + kNoteEveryNs}) {
    if (when > 0) due = std::min(due, when);
  }
  // Whether a full ring takes more again is not told: it is looked at.
  if (state_.fleet->anything_to_send()) due = std::min(due, state_.now + kMs);
  return due;
}

void Run::take_note() {
  if (state_.now < noted_at_ + kNoteEveryNs) return;
  noted_at_ = state_.now;
  callbacks_.progress(report());
}

void Run::shut_down() {
  // Who still has a call in hand had the time to end it.
  for (const auto& [id, worker] : state_.fleet->workers()) {
    const bool leaves = std::all_of(worker->calls.begin(), worker->calls.end(),
                                    [](const Call& call) { return call.kind == ipc::Kind::close; });
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
  state_.fleet->flush();
  const auto until = std::chrono::steady_clock::now() + kGoodbye;
  while (!state_.fleet->empty() && std::chrono::steady_clock::now() < until && !hurry_) {
    loop_.restart();
    loop_.run_one_until(until);
  }
  signals_.cancel();
  state_.fleet.reset();
}

void Run::listen_for_signals() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error) return;
    interrupted(signal);
    listen_for_signals();
  });
}

void Run::interrupted(int signal) {
  if (state_.ending) {
    hurry_ = true;
    return;
  }
  state_.end_early(signal == SIGINT ? Status::interrupted : Status::terminated,
                   signal == SIGINT ? "stopped by SIGINT" : "stopped by SIGTERM");
  state_.say(Level::info, state_.reason + ": running calls may finish for " +
                              std::to_string(kSignalPatienceNs / 1000 / kMs) +
                              " s; once more ends them at once");
}

Report Run::report() const {
  Report report;
  report.pipeline = state_.plan.pipeline;
  const Account& run = state_.ledger.run();
  report.in = run.in;
  report.done = run.done;
  report.dead = run.dead;
  report.pending = run.pending();
  report.skipped = run.skipped;
  report.retried = run.retried;
  report.restarts = state_.restarts;
  report.seconds = static_cast<double>(ipc::monotonic_ns() - began_at_) / 1e9;
  report.status = state_.status != Status::done ? state_.status
                  : run.dead > 0                ? Status::dead
                                                : Status::done;
  report.reason = state_.reason;
  if (state_.letters > 0) report.dead_letters = letters_.path().string();
  report.payload_bytes = state_.extents.written();
  report.engine_peak_rss = peak_memory();
  for (const StageState& stage : state_.stages) {
    const Account& account = state_.ledger.stage(stage.index);
    StageReport line;
    line.name = stage.plan->name;
    line.task = stage.plan->task_name;
    line.in = account.in;
    line.done = account.done;
    line.dead = account.dead;
    line.pending = account.pending();
    line.skipped = account.skipped;
    line.retried = account.retried;
    line.queued = stage.queue.size();
    line.running = stage.running + stage.asking;
    line.ended = stage.over;
    report.stages.push_back(std::move(line));
  }
  return report;
}

}  // namespace penstock
