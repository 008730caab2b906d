#include "run/receiver.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "ipc/arena.hpp"

namespace penstock {
namespace {

// Descriptors of one worker, before the others have their turn: all that a ring holds.
constexpr unsigned kAtATime = ipc::kRingSlots;

// A worker keeps few outputs of a call in the ring and the rest in pages; more is a lie.
constexpr std::size_t kOutputsAtMost = 1u << 16;

// Only what workers have made where the run has checksums can be found to be damaged.
bool has_sum(const Payload& payload) {
  return payload.where == ipc::Where::block && payload.part.sum != 0;
}

// Only a source that is opened can find that what it reads has changed.
penstock_failure failure_told(std::uint32_t number, bool opens_source) {
  if (number > PENSTOCK_FAIL_CHANGED) return PENSTOCK_FAIL_ERROR;
  const auto failure = static_cast<penstock_failure>(number);
  return failure == PENSTOCK_FAIL_CHANGED && !opens_source ? PENSTOCK_FAIL_PERMANENT : failure;
}

}  // namespace

bool Receiver::turn() {
  bool moved = false;
  for (const auto& [id, worker] : state_.fleet->workers()) moved |= receive(*worker);
  return moved;
}

bool Receiver::turn_unpublished() {
  bool moved = false;
  for (const auto& [id, worker] : state_.fleet->workers()) {
    if (worker->calls.empty() || worker->lied || !worker->link.unheard()) continue;
    worker->link.accept_unpublished();
    moved |= receive(*worker);
  }
  return moved;
}

bool Receiver::receive(Worker& worker) {
  if (worker.lied) return false;
  ipc::Descriptor descriptor;
  unsigned count = 0;
  while (count < kAtATime && !worker.lied && worker.link.receive(descriptor)) {
    handle(worker, descriptor);
    ++count;
  }
  worker.link.release();
  if (worker.link.lied()) state_.distrust(worker, "a ring cursor that cannot be");
  return count > 0;
}

void Receiver::drain(Worker& worker) {
  worker.link.accept_unpublished();
  receive(worker);  // once: one who goes on writing does not keep the loop
}

void Receiver::handle(Worker& worker, const ipc::Descriptor& descriptor) {
  switch (descriptor.kind) {
    case ipc::Kind::ready:
      if (std::exchange(worker.ready, true)) return state_.distrust(worker, "it was ready twice");
      if (worker.state != Worker::State::starting) return;  // it is to end, unneeded
      worker.state = Worker::State::opening;
      for (const auto& object : state_.setup.shared) {
        // A failure is the death of the worker, which its process tells.
        (void)state_.send_object(worker, *object);
        ++worker.objects[object->id];
      }
      if (worker.stage) {
        pinned_.open(state_.stages[*worker.stage], worker);
      } else {
        dispatcher_.open(worker);
      }
      return;
    case ipc::Kind::output:
    case ipc::Kind::page:
    case ipc::Kind::answer:
    case ipc::Kind::position:
    case ipc::Kind::progress:
    case ipc::Kind::total:
    case ipc::Kind::ask_id:
    case ipc::Kind::want_input:
    case ipc::Kind::done:
      return about_call(worker, descriptor);
    case ipc::Kind::log: {
      const Level level = descriptor.extra >= 2   ? Level::warning
                          : descriptor.extra == 0 ? Level::debug
                                                  : Level::info;
      const std::string text = state_.text_of(worker, descriptor);
      const std::string stage = descriptor.stage < state_.stages.size()
                                    ? state_.stages[descriptor.stage].plan->name
                                    : worker.name();
      return state_.say(level, "[" + stage + "] " + text);
    }
    case ipc::Kind::want_extent:
      // An arena asks for no less than what does not fit in half of an ordinary one, and waits.
      if (descriptor.number() < ipc::kExtentBytes / 2 || worker.wanted_extent != 0) {
        return state_.distrust(worker, "it asked for memory that no call needs");
      }
      worker.wanted_extent = descriptor.number();
      if (worker.alive()) grants_.grant();
      return;
    case ipc::Kind::drop_extent:
      if (!state_.extents.drop(worker.id, static_cast<std::uint32_t>(descriptor.number()))) {
        state_.distrust(worker, "it dropped an extent that is not its own");
      }
      return;
    default:
      return state_.distrust(
          worker, "a descriptor of kind " + std::to_string(static_cast<int>(descriptor.kind)));
  }
}

void Receiver::about_call(Worker& worker, const ipc::Descriptor& descriptor) {
  // What comes after a call that ran out of time goes elsewhere; it was told to end.
  if (worker.overdue != 0 && descriptor.call > worker.overdue) return;
  if (worker.calls.empty() || worker.calls.front().number != descriptor.call) {
    return state_.distrust(worker, "it speaks of a call that is not in its hands");
  }
  const Call& call = worker.calls.front();
  switch (descriptor.kind) {
    case ipc::Kind::output:
    case ipc::Kind::page:
      if (worker.outputs.size() >= kOutputsAtMost) {
        return state_.distrust(worker, "too many outputs of one call");
      }
      worker.outputs.push_back(descriptor);
      return;
    case ipc::Kind::answer:
      if (worker.answer) return state_.distrust(worker, "two answers to one call");
      worker.answer = descriptor;
      return;
    case ipc::Kind::position:
      worker.input_position = descriptor.number();
      return;
    case ipc::Kind::progress: {
      const auto progress = descriptor.body_as<ipc::Progress>();
      char text[64];
      std::snprintf(text, sizeof text, "%.6g of %.6g", progress.done, progress.total);
      worker.progress = text;
      return;
    }
    case ipc::Kind::total:
      if (call.kind == ipc::Kind::open) state_.stages[call.stage].total = descriptor.number();
      return;
    case ipc::Kind::ask_id: {
      if (std::exchange(worker.asked_id, call.number) == call.number) {
        return state_.distrust(worker, "it asked twice for the id of one item");
      }
      const std::string id = call.kind == ipc::Kind::run && !call.unwanted
                                 ? state_.ledger.id(call.item)
                                 : state_.stages[call.stage].plan->name;
      (void)worker.link.send_letter(ipc::LetterKind::id, id);
      return;
    }
    case ipc::Kind::want_input:
      if (!state_.stages[call.stage].plan->task.reads_input()) {
        return state_.distrust(worker, "its task does not declare that it reads the input");
      }
      return intake_.want_input(state_.stages[call.stage]);
    default:
      return complete(worker, descriptor);
  }
}

void Receiver::complete(Worker& worker, const ipc::Descriptor& descriptor) {
  if (descriptor.code > static_cast<std::uint8_t>(ipc::Ending::damaged)) {
    return state_.distrust(worker, "a call that ended in a way that there is not");
  }
  const auto ending = static_cast<ipc::Ending>(descriptor.code);
  // The call stays in hand until it has been dealt with: a worker that lies is charged with it.
  const Call& call = worker.calls.front();
  StageState& stage = state_.stages[call.stage];
  const bool withdrawn = call.unwanted && !worker.stage;
  const bool unopened = stage.plan->called && !worker.open_failure.empty();
  const bool given_back = call.unwanted || call.number <= worker.begun;
  if (ending == ipc::Ending::unrun && !given_back && !state_.ending && !unopened && !worker.spent) {
    return state_.distrust(worker, "it did not run a call");
  }
  if (withdrawn && ending != ipc::Ending::unrun) {
    return state_.distrust(worker, "it ran a call that it was to give back");
  }
  std::string text;
  if (ending == ipc::Ending::failed) text = state_.text_of(worker, descriptor);
  if (worker.lied) return;
  if (ending == ipc::Ending::damaged) {
    if (call.kind != ipc::Kind::run || descriptor.extra >= call.size() ||
        (!call.unwanted && !has_sum(state_.ledger.at(call.at(descriptor.extra)).payload))) {
      return state_.distrust(worker, "it found damage where there is nothing to be damaged");
    }
    worker.damaged = descriptor.extra;
    if (!call.unwanted) text = blame(stage, call.at(descriptor.extra));
  }
  const bool overdue = worker.overdue == call.number;
  if (overdue && ending == ipc::Ending::failed) return;  // charged when the process has ended
  const bool opens_source = call.kind == ipc::Kind::open && stage.is(TaskKind::source);
  const auto failure = ending == ipc::Ending::damaged
                           ? PENSTOCK_FAIL_PERMANENT
                           : failure_told(descriptor.extra, opens_source);

  Result<void> handled;
  if (worker.stage) {
    handled = pinned_.ended(stage, worker, call, ending, failure, text);
  } else if (call.kind == ipc::Kind::open) {
    dispatcher_.opened(stage, worker, ending, failure, text);
  } else if (withdrawn) {
    handled = {};
  } else if (stage.plan->called) {
    handled = called(stage, worker, call, descriptor, failure, text);
  } else {
    handled = transformed(stage, worker, call, ending, failure, text);
  }
  if (!handled) return state_.distrust(worker, handled.error().what());
  delivery_.discard(worker);
  if (ending == ipc::Ending::ok && call.kind == ipc::Kind::run && !worker.stage &&
      !stage.plan->called && descriptor.extra == ipc::kSpent) {
    worker.spent = true;
    if (worker.state == Worker::State::serving) worker.state = Worker::State::leaving;
  }
  const bool ran = ending != ipc::Ending::unrun;
  if (ran && call.kind != ipc::Kind::open) {
    ++worker.finished;
    state_.deaths_before_work = 0;
  }
  if (call.kind == ipc::Kind::run) {
    if (ran) {
      worker.items += call.size();
      stage.ran += call.size();
      note_time(worker, stage, descriptor, ending);
    }
    worker.open_ended -= call.open_ended ? 1 : 0;
  }
  worker.calls.pop_front();
  worker.progress.clear();
  worker.head_since = state_.now;
  worker.warned = false;
  if (overdue) worker.kill_at = state_.now;  // it made it, but what is behind it is elsewhere soon
}

// As the worker says: seen from here, a call takes as long as the way there and back, and the more
// so the fewer are sent ahead because calls seem to take long.
void Receiver::note_time(Worker& worker, StageState& stage, const ipc::Descriptor& done,
                         ipc::Ending ending) const {
  const std::uint64_t ns =
      ending == ipc::Ending::ok ? done.number() : state_.now - worker.head_since;
  stage.busy_ns += ns;
  const auto each = static_cast<double>(std::max<std::uint64_t>(1, ns));
  const auto average = [each](double& so_far) {
    so_far = so_far > 0 ? so_far + (each - so_far) / 16 : each;
  };
  average(worker.call_ns);
  if (stage.plan->called) average(stage.call_ns);
}

Result<void> Receiver::transformed(StageState& stage, Worker& worker, const Call& call,
                                   ipc::Ending ending, penstock_failure failure,
                                   const std::string& text) {
  if (ending == ipc::Ending::ok) {
    made_.clear();
    members_.clear();
    for (std::size_t i = 0; i < call.size(); ++i) members_.push_back(call.at(i));
    auto checked = delivery_.check(worker, stage, members_, made_);
    if (!checked) return checked;
    std::uint64_t number = 0;
    Lineage origin = Lineage::of_call(members_);
    for (const Output& output : made_) delivery_.deliver(stage, origin, output, number);
    stage.outputs_per_call += (static_cast<double>(number) - stage.outputs_per_call) / 16;
    for (const ItemIndex member : members_) state_.ledger.end(member, Fate::done);
    if (stage.is_callback()) {
      callbacks_.called(stage);
    } else {
      state_.given_up_by_crash = 0;
    }
  } else if (ending == ipc::Ending::unrun) {
    for (std::size_t i = call.size(); i-- > 0;) state_.enqueue_first(call.at(i));
  } else if (ending == ipc::Ending::damaged) {
    for (std::size_t i = call.size(); i-- > 0;) {
      if (i != worker.damaged) state_.enqueue_first(call.at(i));
    }
    failures_.handle(call.at(worker.damaged), state_.failed_cause(worker, text), failure);
  } else {
    failures_.handle(call, state_.failed_cause(worker, text), failure);
  }
  state_.call_over(stage, call);
  return {};
}

// The call of a program: what it made is its caller's.
Result<void> Receiver::called(StageState& stage, Worker& worker, const Call& call,
                              const ipc::Descriptor& done, penstock_failure failure,
                              const std::string& text) {
  const auto ending = static_cast<ipc::Ending>(done.code);
  if (ending == ipc::Ending::ok) {
    made_.clear();
    if (auto checked = delivery_.check(worker, stage, std::span(&call.item, 1), made_); !checked) {
      return checked;
    }
    std::erase_if(made_, [&](const Output& output) {
      const bool other = output.port > 0;
      if (other) delivery_.release(output);
      return other;
    });
    const Item& item = state_.ledger.at(call.item);
    if (made_.size() > 1 || (!made_.empty() && made_.front().page > 0)) {
      failures_.handle(call.item,
                       state_.failed_cause(worker, "it gave several values, and a call has one"),
                       PENSTOCK_FAIL_PERMANENT);
    } else {
      if (!item.cancelled) {
        state_.setup.caller->done(item.number, made_.empty() ? nullptr : &made_.front().payload,
                                  done.number());
      }
      state_.given_up_by_crash = 0;
      state_.forget_terms(call.item);
      state_.ledger.end(call.item, Fate::done);
    }
    for (const Output& output : made_) delivery_.release(output);
  } else if (ending == ipc::Ending::failed) {
    failures_.handle(call.item, state_.failed_cause(worker, text), failure);
  } else if (!state_.ending && !worker.open_failure.empty() && call.number > worker.begun) {
    failures_.handle(call.item, state_.failed_cause(worker, worker.open_failure),
                     PENSTOCK_FAIL_PERMANENT);
  } else {
    state_.enqueue_first(call.item);
  }
  state_.drop_objects(worker, call);
  state_.call_over(stage, call);
  return {};
}

// The payload is not what it was when its maker handed it on: nobody else can write there.
std::string Receiver::blame(const StageState& stage, ItemIndex index) {
  const Payload& payload = state_.ledger.at(index).payload;
  const StageIndex made_by = state_.ledger.at(index).made_by;
  const WorkerId maker = state_.extents.maker(payload.block);
  const std::string what = "its payload of " + std::to_string(payload.size()) +
                           " bytes was changed after worker-" + std::to_string(maker) +
                           " (stage `" + state_.name_of(made_by) + "`) had handed it on";
  if (Worker* worker = state_.fleet->find(maker)) {
    state_.distrust(
        *worker, "stage `" + stage.plan->name + "`, item " + state_.ledger.id(index) + ": " + what);
  }
  return what;
}

}  // namespace penstock
