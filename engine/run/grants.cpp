#include "run/grants.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace penstock {

bool Grants::grant() {
  bool moved = false;
  state_.short_of_memory = false;
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (!worker->alive() || worker->wanted_extent == 0) continue;
    if (state_.extents.affordable(worker->wanted_extent)) {
      moved |= give(*worker, worker->wanted_extent);
    } else if (worker->freed) {
      worker->link.flush();  // it is to see what was freed before it is told to look
      worker->freed = worker->link.waits_for_room();
      worker->wanted_extent = 0;
      (void)worker->link.send_letter(ipc::LetterKind::again, {});
      moved = true;
    } else {
      state_.short_of_memory = true;
    }
  }
  return moved;
}

bool Grants::relieve() {
  if (!state_.short_of_memory || something_will_move()) return false;
  const auto& workers = state_.fleet->workers();
  Worker& first = *std::find_if(workers.begin(), workers.end(), [](const auto& entry) {
                     return entry.second->wanted_extent > 0;
                   })->second;
  const std::uint64_t alone = state_.extents.owned_by(first.id) + first.wanted_extent;
  if (alone <= state_.extents.budget()) return give(first, first.wanted_extent);
  const std::string text = "a call needs " + std::to_string(alone) +
                           " bytes of shared memory, and `memory` allows " +
                           std::to_string(state_.extents.budget()) + "; raise `memory`";
  (void)first.link.send_letter(ipc::LetterKind::refusal, text);
  first.wanted_extent = 0;
  return true;
}

bool Grants::something_will_move() const {
  const auto busy = [](const auto& entry) {
    const Worker& worker = *entry.second;
    if (worker.alive() && worker.wanted_extent > 0) return false;
    return worker.state != Worker::State::serving || !worker.calls.empty();
  };
  const auto waiting = [this](const StageState& stage) {
    // What is prepared waits for the journal until the commit is asked for; that may need memory.
    const bool prepared = stage.pinned.prepared && !stage.pinned.marking;
    const bool journal = prepared || stage.pinned.leaving.entry > 0;
    return (journal && !state_.ending) || stage.delayed > 0 ||
           stage.pinned.not_before > state_.now || (stage.in_engine && !stage.queue.empty());
  };
  const auto& workers = state_.fleet->workers();
  return dispatcher_.next_due() > 0 || std::any_of(workers.begin(), workers.end(), busy) ||
         std::any_of(state_.stages.begin(), state_.stages.end(), waiting);
}

bool Grants::give(Worker& worker, std::uint64_t bytes) {
  worker.wanted_extent = 0;
  const auto refuse = [&](const char* why) {
    (void)worker.link.send_letter(ipc::LetterKind::refusal, why);
    return true;
  };
  // What the machine cannot have is refused by the kernel; a size without sense, before it.
  if (bytes > (std::uint64_t{1} << 46)) return refuse("a block of more than 64 TiB");
  auto extent = state_.extents.create(worker.id, bytes);
  if (!extent) return refuse(extent.error().what());
  auto copy = duplicate(state_.extents.fd(extent.value()).get());
  if (!copy) return refuse(copy.error().what());
  std::vector<UniqueFd> fds;
  fds.push_back(std::move(copy.value()));
  const ipc::ExtentOrder order{extent.value(), state_.extents.size(extent.value())};
  (void)worker.link.send_letter(ipc::LetterKind::grant, encode(order), std::move(fds));
  return true;
}

}  // namespace penstock
