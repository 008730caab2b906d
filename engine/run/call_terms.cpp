// What a run of calls keeps of each: its own terms, and the objects that it brings along.

#include <utility>

#include "run/run_state.hpp"

namespace penstock {

std::uint64_t RunState::timeout_of(const Call& call) const {
  // It is the task's work that has a limit; marks and goodbyes take what they take.
  if (call.kind != ipc::Kind::run && call.kind != ipc::Kind::produce) return 0;
  if (call.kind == ipc::Kind::run && !call.unwanted && !terms.empty()) {
    if (const auto own = terms.find(call.item); own != terms.end()) return own->second.timeout_ns;
  }
  return static_cast<std::uint64_t>(plan.stages[call.stage].timeout.count()) * 1'000'000;
}

unsigned RunState::attempts_of(ItemIndex index, const Item& item) const {
  return item.particular ? terms.at(index).attempts : plan.stages[item.stage].retry.attempts;
}

Result<void> RunState::bring_objects(Worker& worker, ItemIndex item) {
  for (const auto& object : terms.at(item).objects) {
    if (worker.objects[object->id]++ > 0) continue;
    if (auto sent = send_object(worker, *object); !sent) return sent;
  }
  return {};
}

Result<void> RunState::send_object(Worker& worker, const CarriedObject& object) {
  std::vector<UniqueFd> fds;
  for (const int descriptor : object.descriptors) {
    auto copy = duplicate(descriptor);
    if (!copy) return copy.error();
    fds.push_back(std::move(copy.value()));
  }
  return worker.link.send_letter(ipc::LetterKind::object,
                                 encode(ipc::ObjectOrder{object.id, object.kind, object.name}),
                                 std::move(fds));
}

void RunState::drop_objects(Worker& worker, const Call& call) {
  bool dropped = false;
  for (const std::uint64_t object : call.objects) {
    const auto held = worker.objects.find(object);
    if (held == worker.objects.end() || --held->second > 0) continue;
    worker.objects.erase(held);
    (void)worker.link.send_letter(ipc::LetterKind::forget_object,
                                  encode(ipc::ObjectOrder{object, 0, {}}));
    dropped = true;
  }
  if (!dropped) return;
  // Told at once: a worker that has nothing to do would not look.
  worker.link.send(ipc::Descriptor{.kind = ipc::Kind::letters});
}

void RunState::forget_terms(ItemIndex item) {
  if (ledger.at(item).particular) terms.erase(item);
}

}  // namespace penstock
