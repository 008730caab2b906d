#include "run/run_state.hpp"

#include <algorithm>
#include <csignal>
#include <random>
#include <utility>

#include "base/utf8.hpp"
#include "plugin/arguments.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kMaxText = 64 * 1024;

// So much work waits in a worker's ring, by the time that its calls have taken: enough to keep it
// busy while the engine is elsewhere, little enough to be redone or to wait behind a slow call.
constexpr double kAheadNs = 500'000;
constexpr double kLongCallNs = 20e6;  // such calls wait in the engine, not behind another
constexpr std::size_t kCallsAhead = 256;

std::vector<Ledger::Stage> ledger_stages(const Plan& plan) {
  std::vector<Ledger::Stage> stages;
  for (const StagePlan& stage : plan.stages) stages.push_back({stage.name, stage.instance});
  return stages;
}

}  // namespace

std::string new_run_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 32; ++i) id += "0123456789abcdef"[random() & 15];
  return id;
}

std::size_t calls_ahead(const Worker& worker, std::uint64_t now) {
  if (!worker.calls.empty() && worker.head_age(now) >= kSlowCallNs) return 1;
  if (worker.call_ns <= 0 || worker.call_ns > kLongCallNs) return 1;
  return std::clamp(static_cast<std::size_t>(kAheadNs / worker.call_ns), std::size_t{2},
                    kCallsAhead);
}

RunState::RunState(boost::asio::io_context& io, const Plan& the_plan, RunSetup the_setup)
    : loop(io),
      plan(the_plan),
      setup(std::move(the_setup)),
      id(setup.id.empty() ? new_run_id() : setup.id),
      execution(new_run_id()),
      extents(the_plan.memory),
      memory(extents),
      ledger(ledger_stages(the_plan), extents),
      router(the_plan, extents),
      sequence(the_plan, ledger) {
  add_states();
  ledger.on_failed_ended = [this](ItemIndex item) { causes.take(item); };
  if (sequence.empty()) return;
  ledger.on_place_left = [this](ItemIndex item) {
    sequence.leave(item);
    let_through();
  };
}

void RunState::extend() {
  for (std::size_t i = stages.size(); i < plan.stages.size(); ++i) {
    ledger.add_stage({plan.stages[i].name, plan.stages[i].instance});
  }
  router.extend(plan);
  add_states();
}

void RunState::add_states() {
  for (std::size_t i = stages.size(); i < plan.stages.size(); ++i) {
    StageState& stage = stages.emplace_back();
    stage.index = static_cast<StageIndex>(i);
    stage.rate = Rate(plan.stages[i].rate);
    const auto& readers = plan.stages[i].readers;
    stage.failed_is_read = std::any_of(readers.begin(), readers.end(), [](const Reader& reader) {
      return reader.output == kFailedOutput;
    });
    sinks_first.insert(sinks_first.begin(), stage.index);
  }
  // Those that were there have moved with the plan.
  for (StageState& stage : stages) stage.plan = &plan.stages[stage.index];
}

void RunState::end_early(Status why, std::string text) {
  if (ending) return;
  ending = true;
  status = why;
  reason = std::move(text);
  if (setup.broke) setup.broke(reason);
}

StageState* RunState::callback_of(const Worker& worker) {
  const auto found = std::find_if(stages.begin(), stages.end(), [&](const StageState& stage) {
    return stage.is_callback() && stage.plan->pool == worker.pool;
  });
  return found == stages.end() ? nullptr : &*found;
}

std::uint64_t RunState::room_after(const StageState& stage, bool first_in_order) const {
  std::uint64_t room = UINT64_MAX;
  for (const Reader& edge : stage.plan->readers) {
    if (first_in_order && !sequence.guards(static_cast<StageIndex>(edge.stage))) continue;
    const std::uint16_t instances = plan.stages[edge.stage].instances;
    for (std::size_t i = edge.stage; i < edge.stage + instances; ++i) {
      const StageState& reader = stages[i];
      const QueueBound& bound = reader.plan->queue;
      const std::uint64_t behind = first_in_order ? 0 : reader.gated + reader.incoming;
      const std::uint64_t items = reader.queue.size() + behind;
      std::uint64_t left = bound.items > items ? bound.items - items : 0;
      // In bytes, what is under way counts as much as an output did on average.
      const double each = std::max(stage.output_bytes, 1.0);
      const double waiting = first_in_order ? 0.0
                                            : static_cast<double>(reader.gated_bytes) +
                                                  static_cast<double>(reader.incoming) * each;
      const double free_bytes =
          static_cast<double>(bound.bytes) - static_cast<double>(reader.queued_bytes) - waiting;
      if (free_bytes <= 0) return 0;
      left = std::min(left, static_cast<std::uint64_t>(free_bytes / each) + 1);
      room = std::min(room, left);
    }
  }
  return room;
}

// Records of failures are not expected.
void RunState::expect(const StageState& stage, std::int64_t items) {
  for (const Reader& edge : stage.plan->readers) {
    if (edge.output == kFailedOutput) continue;
    const std::uint16_t instances = plan.stages[edge.stage].instances;
    for (std::size_t i = edge.stage; i < edge.stage + instances; ++i) {
      stages[i].incoming = static_cast<std::uint32_t>(stages[i].incoming + items);
    }
  }
}

void RunState::enqueue(ItemIndex item) {
  if (fate_before) {
    if (const auto fate = fate_before(item)) return ledger.end(item, *fate);
  }
  const Item& entry = ledger.at(item);
  if (!sequence.guards(entry.stage)) return admit(item);
  StageState& stage = stages[entry.stage];
  ++stage.gated;
  stage.gated_bytes += entry.payload.size();
  sequence.arrive(item);
  let_through();
}

void RunState::let_through() {
  for (const ItemIndex item : sequence.passed()) {
    const Item& entry = ledger.at(item);
    StageState& stage = stages[entry.stage];
    --stage.gated;
    stage.gated_bytes -= entry.payload.size();
    admit(item);
  }
  sequence.passed().clear();
}

void RunState::admit(ItemIndex item) {
  Item& entry = ledger.at(item);
  StageState& stage = stages[entry.stage];
  if (stage.queue.empty()) stage.waits_since = now;
  stage.queued_bytes += entry.payload.size();
  entry.queued = true;
  stage.queue.push_back(ledger, item);
}

void RunState::enqueue_first(ItemIndex item) {
  Item& entry = ledger.at(item);
  StageState& stage = stages[entry.stage];
  if (stage.queue.empty()) stage.waits_since = now;
  stage.queued_bytes += entry.payload.size();
  entry.queued = true;
  stage.queue.push_front(ledger, item);
}

void RunState::pull_to_front(StageState& stage, ItemIndex item) {
  ItemList before;
  while (stage.queue.front() != item) before.push_back(ledger, stage.queue.pop_front(ledger));
  stage.queue.pop_front(ledger);
  stage.queue.prepend(ledger, before);
  stage.queue.push_front(ledger, item);
}

ItemIndex RunState::dequeue(StageState& stage) {
  const ItemIndex item = stage.queue.pop_front(ledger);
  stage.queued_bytes -= ledger.at(item).payload.size();
  ledger.at(item).queued = false;
  return item;
}

void RunState::requeue(StageState& stage, ItemList& items) {
  for (ItemIndex item = items.front(); item != kNoItem; item = ledger.at(item).next) {
    stage.queued_bytes += ledger.at(item).payload.size();
    ledger.at(item).queued = true;
  }
  stage.queue.prepend(ledger, items);
}

ipc::StageOrder RunState::stage_order(const StageState& stage) const {
  const StagePlan& planned = *stage.plan;
  ipc::StageOrder order;
  order.stage = stage.index;
  order.name = planned.name;
  order.library = plan.plugins[planned.plugin].path;
  order.task = planned.task.name;
  // What callbacks hear is in no journal.
  order.instance_id = (planned.callback ? execution : id) + "/" + planned.name;
  if (planned.partitioned) order.instance_id += "." + std::to_string(planned.instance);
  order.arguments = encode(planned.arguments);
  for (const Edge& edge : planned.from) {
    order.arrivals.push_back(
        {edge.type, edge.input, router.keyed(static_cast<StageIndex>(edge.from), edge.output)});
  }
  if (planned.callback) {
    order.arrivals.push_back(
        {planned.callback->command ? "text" : PENSTOCK_COMPLETION_TYPE, 0, false});
  }
  if (planned.called) {
    order.arrivals.push_back({planned.called->type, 0, false, false});
    order.arrivals.push_back({planned.called->type, 0, false, true});
  }
  if (planned.first_call) {
    order.runs_at_open = true;
    order.first_type = planned.first_call->type;
    order.first_argument = planned.first_call->argument;
  }
  order.keyed_outputs = router.keyed_outputs(stage.index);
  order.max_output = planned.max_output;
  order.checksum = plan.checksum;
  for (const FaultPlan& fault : planned.faults) {
    const std::chrono::nanoseconds by = fault.by;
    order.faults.push_back({static_cast<ipc::FaultOrder::Kind>(fault.kind), fault.item, fault.times,
                            static_cast<std::uint64_t>(by.count())});
  }
  return order;
}

Result<void> RunState::attach(Worker& worker, const Payload& payload, ipc::Descriptor& descriptor) {
  if (payload.where == ipc::Where::here) {
    descriptor.set_inline(payload.inline_bytes());
    return {};
  }
  if (payload.where != ipc::Where::block) return {};
  ipc::BlockRef ref = extents.ref(payload.block);
  ref.offset += payload.part.offset;
  ref.size = payload.part.size;
  ref.sum = payload.part.sum;
  descriptor.set_block(ref);
  if (!extents.introduce(worker.id, ref.extent)) return {};
  auto copy = duplicate(extents.fd(ref.extent).get());
  if (!copy) return copy.error();
  std::vector<UniqueFd> fds;
  fds.push_back(std::move(copy.value()));
  const ipc::ExtentOrder order{ref.extent, extents.size(ref.extent)};
  // A failure is the death of the worker, which its process tells.
  (void)worker.link.send_letter(ipc::LetterKind::extent, encode(order), std::move(fds));
  return {};
}

Result<Payload> RunState::keep(std::span<const std::byte> bytes) {
  if (bytes.size() <= ipc::kInlineBytes) return Payload::of_bytes(bytes);
  auto block = memory.keep(bytes);
  if (!block) return block.error();
  return Payload::of_block(block.value(), 0, bytes.size());
}

Result<std::string> RunState::read(const Payload& payload, std::uint64_t at_most) const {
  std::string bytes(std::min(payload.size(), at_most), '\0');
  if (auto done = read(payload, std::as_writable_bytes(std::span(bytes))); !done) {
    return done.error();
  }
  return bytes;
}

Result<void> RunState::read(const Payload& payload, std::span<std::byte> into) const {
  if (payload.where == ipc::Where::here) {
    std::memcpy(into.data(), payload.here, into.size());
  } else if (payload.where == ipc::Where::block) {
    ipc::BlockRef ref = extents.ref(payload.block);
    ref.offset += payload.part.offset;
    ref.size = into.size();
    return extents.read(ref, into);
  }
  return {};
}

std::string RunState::text_of(Worker& worker, const ipc::Descriptor& descriptor) {
  if (descriptor.where == ipc::Where::here) {
    const auto bytes = descriptor.inline_bytes();
    return well_formed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  if (descriptor.where != ipc::Where::block) return {};
  auto block = extents.add(worker.id, descriptor.block());
  if (!block) {
    distrust(worker, block.error().what());
    return {};
  }
  const Payload payload = Payload::of_block(block.value(), 0, descriptor.block().size);
  auto text = read(payload, kMaxText);
  extents.release(block.value());
  return text ? well_formed(text.value()) : std::string(text.error().what());
}

std::shared_ptr<Cause> RunState::failed_cause(const Worker& worker, const std::string& text) const {
  auto cause = std::make_shared<Cause>();
  cause->outcome = Outcome::failed;
  cause->text = "failed: " + text;
  cause->message = text;
  cause->output = worker.output.text();
  cause->worker = worker.name();
  cause->seconds = static_cast<double>(now - worker.head_since) / 1e9;
  return cause;
}

void RunState::call(Worker& worker, const ipc::Descriptor& what, Call call) {
  call.number = worker.next_call++;
  ipc::Descriptor descriptor = what;
  descriptor.call = call.number;
  descriptor.kind = call.kind;
  descriptor.stage = call.stage;
  if (worker.calls.empty()) {
    worker.head_since = now;
    worker.warned = false;
  }
  worker.calls.push_back(std::move(call));
  worker.link.send(descriptor);
}

void RunState::call_over(StageState& stage, const Call& call) {
  --stage.calls;
  stage.running -= static_cast<std::uint32_t>(call.size());
  expect(stage, -static_cast<std::int64_t>(call.expected));
}

const std::string& RunState::type_of(const Item& item) const {
  return plan.stages[item.stage].from[item.edge].type;
}

std::span<const std::byte> RunState::value_of(const Item& item,
                                              std::span<const std::byte> payload) const {
  const Edge& edge = plan.stages[item.stage].from[item.edge];
  if (!router.keyed(static_cast<StageIndex>(edge.from), edge.output)) return payload;
  return payload.first(router.value_size(payload));
}

void RunState::distrust(Worker& worker, const std::string& what) {
  if (worker.lied) return;
  worker.lied = true;
  worker.reason = "protocol violation: " + what;
  say(Level::error, worker.name() + " is ended: " + worker.reason);
  fleet->kill(worker, SIGKILL);
}

}  // namespace penstock
