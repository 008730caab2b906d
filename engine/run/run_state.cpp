#include "run/run_state.hpp"

#include <algorithm>
#include <csignal>
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

std::vector<std::string> names_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const StagePlan& stage : plan.stages) names.push_back(stage.name);
  return names;
}

}  // namespace

std::size_t calls_ahead(const Worker& worker) {
  if (worker.call_ns <= 0 || worker.call_ns > kLongCallNs) return 1;
  return std::clamp(static_cast<std::size_t>(kAheadNs / worker.call_ns), std::size_t{2},
                    kCallsAhead);
}

RunState::RunState(boost::asio::io_context& io, const Plan& the_plan)
    : loop(io),
      plan(the_plan),
      extents(the_plan.memory),
      ledger(names_of(the_plan), extents),
      stages(the_plan.stages.size()) {
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i].index = static_cast<StageIndex>(i);
    stages[i].plan = &plan.stages[i];
    sinks_first.push_back(static_cast<StageIndex>(i));
  }
  std::reverse(sinks_first.begin(), sinks_first.end());
  ledger.on_failed_ended = [this](ItemIndex item) { causes.take(item); };
}

void RunState::end_early(Status why, std::string text) {
  if (ending) return;
  ending = true;
  status = why;
  reason = std::move(text);
}

std::uint64_t RunState::room_after(const StageState& stage) const {
  std::uint64_t room = UINT64_MAX;
  for (const std::size_t index : stage.plan->readers) {
    const StageState& reader = stages[index];
    const QueueBound& bound = reader.plan->queue;
    const std::uint64_t items = reader.queue.size() + reader.incoming;
    std::uint64_t left = bound.items > items ? bound.items - items : 0;
    // In bytes, what is under way counts as much as an output did on average.
    const double each = std::max(stage.output_bytes, 1.0);
    const double bytes = static_cast<double>(reader.queued_bytes) + reader.incoming * each;
    const double free_bytes = static_cast<double>(bound.bytes) - bytes;
    if (free_bytes <= 0) return 0;
    left = std::min(left, static_cast<std::uint64_t>(free_bytes / each) + 1);
    room = std::min(room, left);
  }
  return room;
}

void RunState::expect(const StageState& stage, std::int64_t items) {
  for (const std::size_t index : stage.plan->readers) {
    stages[index].incoming = static_cast<std::uint32_t>(stages[index].incoming + items);
  }
}

void RunState::enqueue(ItemIndex item) {
  const Item& entry = ledger.at(item);
  StageState& stage = stages[entry.stage];
  stage.queued_bytes += entry.payload.size();
  stage.queue.push_back(ledger, item);
}

void RunState::enqueue_first(ItemIndex item) {
  const Item& entry = ledger.at(item);
  StageState& stage = stages[entry.stage];
  stage.queued_bytes += entry.payload.size();
  stage.queue.push_front(ledger, item);
}

ItemIndex RunState::dequeue(StageState& stage) {
  const ItemIndex item = stage.queue.pop_front(ledger);
  stage.queued_bytes -= ledger.at(item).payload.size();
  return item;
}

void RunState::requeue(StageState& stage, ItemList& items) {
  for (ItemIndex item = items.front(); item != kNoItem; item = ledger.at(item).next) {
    stage.queued_bytes += ledger.at(item).payload.size();
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
  order.arguments = encode(planned.arguments);
  order.from_types = planned.from_types;
  order.max_output = planned.max_output;
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

Result<std::string> RunState::read(const Payload& payload, std::uint64_t at_most) const {
  const std::uint64_t size = std::min(payload.size(), at_most);
  std::string bytes(size, '\0');
  if (payload.where == ipc::Where::here) {
    std::memcpy(bytes.data(), payload.here, size);
  } else if (payload.where == ipc::Where::block) {
    ipc::BlockRef ref = extents.ref(payload.block);
    ref.offset += payload.part.offset;
    ref.size = size;
    if (auto done = extents.read(ref, std::as_writable_bytes(std::span(bytes))); !done) {
      return done.error();
    }
  }
  return bytes;
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
  worker.calls.push_back(call);
  worker.link.send(descriptor);
}

bool RunState::send_item(StageState& stage, Worker& worker) {
  const ItemIndex index = dequeue(stage);
  const Item& item = ledger.at(index);
  ipc::Descriptor descriptor;
  descriptor.code = static_cast<std::uint8_t>(std::min(item.attempts + 1, 255));
  const auto& from = stage.plan->from;
  descriptor.extra =
      static_cast<std::uint16_t>(std::find(from.begin(), from.end(), item.made_by) - from.begin());
  if (auto attached = attach(worker, item.payload, descriptor); !attached) {
    enqueue_first(index);
    end_early(Status::lack, attached.error().what());
    return false;
  }
  Call made;
  made.kind = ipc::Kind::run;
  made.stage = stage.index;
  made.item = index;
  call(worker, descriptor, made);
  ++stage.running;
  return true;
}

void RunState::distrust(Worker& worker, const std::string& what) {
  if (worker.lied) return;
  worker.lied = true;
  say(Level::error, worker.name() + " broke the protocol and is ended: " + what);
  fleet->kill(worker, SIGKILL);
}

}  // namespace penstock
