#include "run/account.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

std::uint64_t peak_memory() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    unsigned long long kib = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %llu kB", &kib) == 1) return kib * 1024;
  }
  return 0;
}

std::uint64_t workers_of(const RunState& state, const StageState& stage) {
  if (!state.fleet) return 0;
  const auto& workers = state.fleet->workers();
  return static_cast<std::uint64_t>(
      std::count_if(workers.begin(), workers.end(), [&](const auto& entry) {
        const Worker& worker = *entry.second;
        return worker.alive() &&
               (stage.is_pinned() ? worker.stage == stage.index
                                  : !worker.stage && worker.pool == stage.plan->pool);
      }));
}

}  // namespace

StageReport report_of(const RunState& state, const StageState& first) {
  StageReport line;
  line.name = first.plan->name;
  line.task = first.plan->task_name;
  line.source = first.is(TaskKind::source);
  line.total = first.total;
  if (line.total && state.setup.limit > 0) line.total = std::min(*line.total, state.setup.limit);
  line.ended = true;
  for (std::size_t i = first.index; i < first.index + first.plan->instances; ++i) {
    const StageState& stage = state.stages[i];
    const Account& account = state.ledger.stage(stage.index);
    line.in += account.in;
    line.done += account.done;
    line.dead += account.dead;
    line.pending += account.pending();
    line.skipped += account.skipped;
    line.handled += account.handled;
    line.retried += account.retried;
    line.queued += stage.queue.size() + stage.gated;
    line.running += stage.running + stage.asking;
    line.workers += workers_of(state, stage);
    line.ended = line.ended && stage.over;
  }
  return line;
}

Report report_of(const RunState& state, const Callbacks& callbacks) {
  Report report;
  report.pipeline = state.plan.pipeline;
  const Account& run = state.ledger.run();
  report.in = run.in;
  report.done = run.done;
  report.dead = run.dead;
  report.pending = run.pending();
  report.skipped = run.skipped;
  report.handled = run.handled;
  report.retried = run.retried;
  report.restarts = state.restarts;
  report.seconds = static_cast<double>(ipc::monotonic_ns() - state.began_at) / 1e9;
  report.status = state.status != Status::done ? state.status
                  : run.dead > 0               ? Status::dead
                                               : Status::done;
  report.reason = state.reason;
  report.letters = state.letters;
  report.payload_bytes = state.extents.written();
  report.engine_peak_rss = peak_memory();
  for (const StageState& stage : state.stages) {
    if (stage.is_callback() || stage.plan->instance > 0) continue;
    report.stages.push_back(report_of(state, stage));
  }
  report.callbacks = callbacks.report();
  return report;
}

}  // namespace penstock
