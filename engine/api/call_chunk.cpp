#include "api/call_chunk.hpp"

#include <utility>

#include "api/pool_engine.hpp"

namespace penstock {

CallChunk::CallChunk(std::shared_ptr<PoolEngine> pool, std::shared_ptr<PoolCall> pattern,
                     std::string parcel, std::size_t count, CarriedObjects objects)
    : pool_(std::move(pool)), pattern_(std::move(pattern)), count_(count) {
  together_ = pool_->prepare_like(*pattern_);
  together_->objects = std::move(objects);
  if (count_ > 1) {
    together_->several = true;
    together_->argument = std::move(parcel);
    return;
  }
  sdk::ParcelReader entries(parcel);
  sdk::Entry only;
  entries.next(only);
  together_->argument = only.bytes;
}

void CallChunk::begin() {
  const auto here = shared_from_this();
  if (count_ > 1) {
    together_->on_end = [here] { here->ended_together(); };
  } else {
    alone_.push_back(together_);
    left_ = 1;
    together_->on_end = [here] { here->ended_alone(); };
  }
  try {
    pool_->submit(together_, true);
  } catch (...) {
    together_->on_end = nullptr;  // it never ends, and would keep this for ever
    throw;
  }
  if (cancelled_) together_->cancel_waiting();  // meanwhile, when it could not be found there
}

void CallChunk::cancel() {
  cancelled_ = true;
  together_->cancel_waiting();
}

void CallChunk::ended_together() {
  if (together_->took_ns > 0) {
    ns_each_ = static_cast<double>(together_->took_ns) / static_cast<double>(count_);
  }
  const TaskError* error = together_->error();
  if (error == nullptr) {
    results_ = as_text(together_->value());
    return get_ready();
  }
  const bool over = error->kind() == TaskError::Kind::cancelled ||
                    error->kind() == TaskError::Kind::not_run || cancelled_;
  over ? fail_all(*error) : split();
}

void CallChunk::split() {
  sdk::ParcelReader entries(together_->argument);
  const auto here = shared_from_this();
  for (sdk::Entry entry; entries.next(entry);) {
    auto call = pool_->prepare_like(*pattern_);
    call->argument = entry.bytes;
    call->objects = together_->objects;
    call->on_end = [here] { here->ended_alone(); };
    alone_.push_back(std::move(call));
  }
  left_ = alone_.size();
  // In front of those that wait, the first of them first.
  for (auto call = alone_.rbegin(); call != alone_.rend(); ++call) pool_->submit_again(*call);
}

void CallChunk::ended_alone() {
  if (--left_ > 0) return;
  if (count_ == 1) ns_each_ = static_cast<double>(together_->took_ns);
  for (const auto& call : alone_) {
    if (const TaskError* error = call->error()) {
      add_error(*error);
    } else if (call->gave()) {
      sdk::add_entry(own_results_, {sdk::EntryKind::value, 0, as_text(call->value())});
    } else {
      sdk::add_entry(own_results_, {sdk::EntryKind::nothing, 0, {}});
    }
  }
  results_ = own_results_;
  get_ready();
}

void CallChunk::fail_all(const TaskError& error) {
  for (std::size_t i = 0; i < count_; ++i) add_error(error);
  results_ = own_results_;
  get_ready();
}

void CallChunk::add_error(const TaskError& error) {
  const auto number = static_cast<std::uint32_t>(errors_.size()) | kNumbered;
  sdk::add_entry(own_results_, {sdk::EntryKind::failed, number, error.what()});
  errors_.push_back(error);
}

void CallChunk::get_ready() {
  ready_.store(true, std::memory_order_release);
  if (on_ready) std::exchange(on_ready, nullptr)();
}

TaskError CallChunk::error_of(const sdk::Entry& entry) const {
  if (entry.kind == sdk::EntryKind::nothing) return no_value(pattern_->task());
  const std::uint32_t number = entry.failure & ~kNumbered;
  if ((entry.failure & kNumbered) != 0 && number < errors_.size()) return errors_[number];
  TaskError::Attempt attempt;
  attempt.message = entry.bytes;
  attempt.cause = "failed: " + attempt.message;
  std::string text = pattern_->task() + ": " + attempt.cause;
  return TaskError(TaskError::Kind::failed, pattern_->task(), pattern_->task(),
                   {std::move(attempt)}, text);
}

}  // namespace penstock
