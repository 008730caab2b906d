#include "worker/call_loop.hpp"

#include <algorithm>
#include <utility>

#include "ipc/doorbell.hpp"
#include "worker/crash.hpp"
#include "worker/refusal.hpp"

namespace penstock {

void CallLoop::run() {
  for (;;) {
    const ipc::Descriptor descriptor = connection_.next();
    switch (descriptor.kind) {
      case ipc::Kind::stop:
        for (auto& [index, stage] : stages_) stage->leave();
        connection_.publish();
        return;
      case ipc::Kind::feed:
        feed(descriptor);
        break;
      case ipc::Kind::feed_end:
        if (const auto stage = stages_.find(descriptor.stage); stage != stages_.end()) {
          stage->second->host().input_stream().ended = true;
        }
        break;
      case ipc::Kind::part:
        items_.push_back(descriptor);
        break;
      default:
        items_.push_back(descriptor);
        call(descriptor);
        items_.clear();
        break;
    }
  }
}

void CallLoop::call(const ipc::Descriptor& descriptor) {
  const std::uint64_t began = ipc::monotonic_ns();
  connection_.line().begin(descriptor.call, began);

  forget_refusal();
  TaskHost* stage = nullptr;
  std::string problem;
  const ipc::Ending ending = perform(descriptor, stage, problem);
  const std::uint64_t took = ipc::monotonic_ns() - began;
  ipc::Descriptor done;
  done.kind = ipc::Kind::done;
  done.stage = descriptor.stage;
  done.call = descriptor.call;
  done.code = static_cast<std::uint8_t>(ending);
  done.set_body(took);
  if (ending == ipc::Ending::failed) {
    const bool told = stage != nullptr && stage->host().failed();
    done.extra = static_cast<std::uint16_t>(told ? stage->host().failure()
                                                 : std::uint32_t{PENSTOCK_FAIL_PERMANENT});
    connection_.attach(done, with_refusal(told ? stage->host().message() : problem));
  }
  if (ending == ipc::Ending::damaged) done.extra = static_cast<std::uint16_t>(damaged_);
  // What a task takes for its first item, it may well keep.
  if (descriptor.kind == ipc::Kind::open) worked_ = false;
  if (descriptor.kind == ipc::Kind::run && !std::exchange(worked_, true)) memory_.begin();
  if (ending == ipc::Ending::ok && descriptor.kind == ipc::Kind::run && stage->replaceable() &&
      memory_.half_used()) {
    done.extra = ipc::kSpent;
    spent_ = true;
  }
  connection_.send(done);
  connection_.line().end(descriptor.call, connection_.ring_tail());

  const std::uint64_t now = ipc::monotonic_ns();
  if (connection_.unpublished() >= ipc::kPublishEvery || now - published_at_ >= ipc::kHoldNs ||
      connection_.engine_sleeps() || !connection_.has_next()) {
    connection_.publish();
    published_at_ = now;
  }
}

ipc::Ending CallLoop::perform(const ipc::Descriptor& descriptor, TaskHost*& stage,
                              std::string& problem) {
  if (descriptor.kind == ipc::Kind::open) {
    auto prepared = prepare();
    if (!prepared) {
      problem = prepared.error().what();
      return ipc::Ending::failed;
    }
    stage = prepared.value();
    return stage->open(descriptor.call);
  }
  const auto found = stages_.find(descriptor.stage);
  if (found == stages_.end() || !found->second->usable()) return ipc::Ending::unrun;
  if (descriptor.kind == ipc::Kind::run && (spent_ || connection_.is_withdrawn(descriptor.call))) {
    return ipc::Ending::unrun;
  }
  stage = found->second.get();
  switch (descriptor.kind) {
    case ipc::Kind::run:
      return stage->run(items_, damaged_);
    case ipc::Kind::produce:
      return stage->produce(descriptor.call, descriptor.number());
    case ipc::Kind::finish:
      return stage->finish(descriptor.call);
    case ipc::Kind::snapshot:
      return stage->snapshot(descriptor.call);
    case ipc::Kind::commit:
      return stage->commit(descriptor.call, descriptor.number(), descriptor.extra);
    case ipc::Kind::close:
      return stage->close(descriptor.call);
    default:
      problem = "a call of an unknown kind";
      return ipc::Ending::failed;
  }
}

Result<TaskHost*> CallLoop::prepare() {
  const ipc::Letter letter = connection_.wait_letter(ipc::LetterKind::stage);
  if (!protection_) {
    return Error(Status::refused, std::string("no sandbox: ") + protection_.error().what());
  }
  auto order = ipc::decode_stage(letter.body);
  if (!order) return order.error();
  auto& library = libraries_[order->library];
  if (!library) {
    auto opened = open_library(order->library);
    if (!opened) return Error(Status::refused, order->library + ": " + opened.error().what());
    library = std::make_unique<Library>(std::move(opened.value()));
    note_modules(connection_.home());
  }
  auto tasks = library->tasks();
  if (!tasks) return Error(Status::refused, order->library + ": " + tasks.error().what());
  const penstock_task* task = tasks->find(order->task);
  if (task == nullptr) {
    return Error(Status::refused, order->library + ": it has no task `" + order->task +
                                      "` any more; the file was replaced during the run");
  }
  const std::uint16_t index = order->stage;
  auto& stage = stages_[index];
  stage.reset();  // an earlier instance ends before the next one begins
  stage = std::make_unique<TaskHost>(connection_, std::move(order.value()), *task);
  return stage.get();
}

Result<Library> CallLoop::open_library(const std::string& path) {
  if (path != ipc::kOwnTasks) return Library::open(path);
  if (own_ == nullptr) return Error(Status::refused, "this program has no tasks of its own");
  return Library::of_program(*own_);
}

void CallLoop::feed(const ipc::Descriptor& descriptor) {
  const auto stage = stages_.find(descriptor.stage);
  if (stage == stages_.end()) return;
  const ipc::BlockRef block = descriptor.block();
  auto data = connection_.view(block);
  if (!data) return;
  stage->second->host().input_stream().feed(
      {block.piece, descriptor.call, data.value(), block.size});
}

}  // namespace penstock
