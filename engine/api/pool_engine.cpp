#include "api/pool_engine.hpp"

#include <algorithm>
#include <utility>

#include "api/call_stream.hpp"
#include "api/carried.hpp"
#include "api/machine.hpp"
#include "base/clock.hpp"
#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

Plan plan_of(const PoolOptions& options, unsigned processes) {
  PoolPlan pool;
  pool.name = "pool";
  pool.processes = processes;
  pool.memory = options.memory;
  pool.recycle_items = options.recycle;
  pool.grace = options.grace;
  pool.nice = options.nice;
  pool.env = options.env;
  pool.on_demand = true;
  Plan plan;
  plan.pipeline = "pool";
  plan.pools = {pool};
  plan.memory = options.shared_memory > 0 ? options.shared_memory : default_memory();
  return plan;
}

TaskError::Kind kind_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::crashed:
      return TaskError::Kind::crashed;
    case Outcome::timed_out:
      return TaskError::Kind::timed_out;
    case Outcome::failed:
      break;
  }
  return TaskError::Kind::failed;
}

}  // namespace

std::shared_ptr<calls::PoolCore> make_pool(const PoolOptions& options,
                                           const penstock_plugin_info* own) {
  return std::make_shared<PoolEngine>(options, OwnTasks(own));
}

PoolEngine::PoolEngine(const PoolOptions& options, OwnTasks own)
    : runtime_(Runtime::get()),
      options_(options),
      processes_(options.processes > 0 ? options.processes
                                       : static_cast<unsigned>(usable_cores().size())),
      book_(runtime_->engine(), own, options.plugin_path),
      plan_(plan_of(options, processes_)),
      began_ns_(ipc::monotonic_ns()) {
  RunSetup setup;
  setup.observer = options.observer;
  setup.caller = this;
  setup.program = own.worker();
  setup.new_party = &new_party;
  setup.worker_ended = [this](const Worker& worker, const WorkerEnd&) {
    runtime_->engine().undertaker().bury(worker.party);
    if (!run_->leaving() || !run_->gone()) return;  // others may be started yet
    gone_ = true;
    runtime_->notify();
  };
  setup.broke = [this](const std::string& why) { broke(why); };
  runtime_->with_loop([&] {
    if (const Initializer& first = options.initializer; !first.task().empty()) {
      book_.add_initializer(plan_, first.task(), *first.argument().type, first.argument().bytes);
      setup.shared = carried(first.argument().objects);
    }
    Engine& engine = runtime_->engine();
    run_ = std::make_unique<Run>(engine.loop(), engine.keeper(), engine.symbolizer(), plan_,
                                 nullptr, setup);
    run_->begin().value();
    runtime_->loop().add(*run_);
  });
}

PoolEngine::~PoolEngine() {
  runtime_->with_loop([this] {
    runtime_->loop().remove(*run_);
    run_.reset();
  });
}

// ---- Submitting

PoolEngine::Known PoolEngine::look_up(std::string_view task, const std::string& argument,
                                      const std::string& result,
                                      const std::map<std::string, std::string>& with) {
  std::string key;
  key.reserve(task.size() + argument.size() + result.size() + 2);
  key.append(task).append(1, '\n').append(argument).append(1, '\n').append(result);
  for (const auto& [name, value] : with) key += '\n' + name + '=' + value;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  Known known;
  runtime_->with_loop([&] {
    const std::size_t before = plan_.stages.size();
    const CalledTask& called = book_.find(plan_, task, argument, with);
    if (plan_.stages.size() > before) run_->extend();
    known = {called.stage, TaskBook::wanted(task, called, result)};
  });
  const std::lock_guard lock(mutex_);
  return known_.emplace(std::move(key), std::move(known)).first->second;
}

std::shared_ptr<PoolCall> PoolEngine::prepare(std::string_view task, const std::string& argument,
                                              const std::string& result,
                                              const CallOptions& options) {
  Known known = look_up(task, argument, result, options.with);
  auto call =
      std::make_shared<PoolCall>(runtime_, weak_from_this(), std::string(task), known.stage);
  call->wanted = std::move(known.wanted);
  const auto timeout = options.timeout.count() > 0 ? options.timeout : options_.timeout;
  call->timeout_ns = static_cast<std::uint64_t>(timeout.count()) * kMs;
  call->attempts = std::max(1u, options.attempts > 0 ? options.attempts : options_.attempts);
  call->priority = options.priority;
  return call;
}

std::shared_ptr<PoolCall> PoolEngine::prepare_like(const PoolCall& call) {
  auto other = std::make_shared<PoolCall>(runtime_, weak_from_this(), call.task(), call.stage());
  other->wanted = call.wanted;
  other->timeout_ns = call.timeout_ns;
  other->attempts = call.attempts;
  other->priority = call.priority;
  return other;
}

calls::CallRef PoolEngine::start(std::string_view task, calls::Argument argument,
                                 const std::string& result, const CallOptions& options, bool wait) {
  auto call = prepare(task, *argument.type, result, options);
  call->argument = std::move(argument.bytes);
  call->objects = carried(argument.objects);
  if (!submit(call, wait)) return nullptr;
  return call;
}

bool PoolEngine::submit(std::shared_ptr<PoolCall> call, bool wait) {
  const auto room = [this] { return waiting_count_ < options_.queue; };
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!broken_.empty()) throw Error(broken_status_, broken_);
      if (closed_) throw Error(Status::refused, "the pool is closed: it takes no more calls");
      // A callback that waited here would keep those back that make room.
      if (room() || (wait && runtime_->callbacks().here())) {
        ++counts_.calls;
        call->number = next_number_++;
        add(*call);
        ++waiting_count_;
        waiting_[call->priority].push_back(std::move(call));
        break;
      }
    }
    if (!wait) return false;
    runtime_->wait(room);
  }
  runtime_->wake();
  return true;
}

void PoolEngine::submit_again(std::shared_ptr<PoolCall> call) {
  const std::lock_guard lock(mutex_);
  call->number = next_number_++;
  add(*call);
  ++waiting_count_;
  waiting_[call->priority].push_front(std::move(call));
}

void PoolEngine::count_in(PoolCall& call) {
  const std::lock_guard lock(mutex_);
  add(call);
}

void PoolEngine::add(PoolCall& call) {
  call.counted = true;
  ++unended_;
}

std::unique_ptr<calls::Stream> PoolEngine::stream(std::string_view task,
                                                  const std::string& argument,
                                                  const std::string& result,
                                                  const CallOptions& options, calls::Order order) {
  return std::make_unique<CallStream>(shared_from_this(), prepare(task, argument, result, options),
                                      options, order);
}

calls::CallRef PoolEngine::gather(std::unique_ptr<calls::Stream> stream) {
  return static_cast<CallStream&>(*stream).gather();
}

// ---- The run's side, on the loop

std::shared_ptr<PoolCall> PoolEngine::next_waiting() {
  const std::lock_guard lock(mutex_);
  for (auto& [priority, queue] : waiting_) {
    while (!queue.empty()) {
      auto call = std::move(queue.front());
      queue.pop_front();
      --waiting_count_;
      if (call->claimed()) continue;  // it was cancelled
      call->handed_over = true;
      return call;
    }
  }
  return nullptr;
}

bool PoolEngine::supply(std::size_t room) {
  bool moved = false;
  const bool full = waiting_count_ >= options_.queue;
  for (; room > 0 && waiting_count_ > 0; --room) {
    const auto call = next_waiting();
    if (!call) break;
    hand_over(call);
    moved = true;
  }
  if (full) runtime_->notify();
  return moved;
}

bool PoolEngine::hand_over(const std::shared_ptr<PoolCall>& call) {
  auto payload = run_->keep(std::as_bytes(std::span(call->argument)));
  if (!payload) {
    if (call->claim()) {
      call->fail(not_run(TaskError::Kind::not_run, call->task(), payload.error().what()));
      call->publish();
    }
    return false;
  }
  std::optional<CallTerms> terms;
  // A parcel is tried once: what its crash was about shows when its values are run one by one.
  const unsigned attempts = call->several ? 1 : call->attempts;
  if (call->timeout_ns > 0 || attempts != RetryPolicy{}.attempts || !call->objects.empty()) {
    terms = CallTerms{call->timeout_ns, attempts, call->objects};
  }
  under_way_.emplace(call->number, call);
  run_->call(static_cast<StageIndex>(call->stage()), call->number, payload.value(), call->several,
             std::move(terms));
  return true;
}

std::shared_ptr<PoolCall> PoolEngine::take(std::uint64_t number) {
  const auto found = under_way_.find(number);
  if (found == under_way_.end()) return nullptr;
  auto call = std::move(found->second);
  under_way_.erase(found);
  return call->claim() ? call : nullptr;
}

void PoolEngine::done(std::uint64_t number, const Payload* value, std::uint64_t took_ns) {
  const auto call = take(number);
  if (!call) return;
  call->took_ns = took_ns;
  if (value != nullptr && !call->wanted.nothing) {
    // Straight to where it stays, if that is the form it is wanted in.
    Value converted;
    const bool direct = call->several || call->wanted.as_it_is;
    Value& into = direct ? call->value_to_fill() : converted;
    const auto bytes = into.resize(value->size());
    if (const auto read = run_->read(*value, bytes); !read) {
      call->fail(not_run(TaskError::Kind::failed, call->task(), read.error().what()));
    } else if (direct) {
      call->note_given();
    } else {
      call->give(bytes);
    }
  } else if (!call->wanted.nothing) {
    call->fail(no_value(call->task()));
  }
  call->publish();
}

void PoolEngine::given_up(std::uint64_t number, const std::string& item,
                          std::span<const std::shared_ptr<Cause>> causes) {
  const auto call = take(number);
  if (!call) return;
  std::vector<TaskError::Attempt> attempts;
  for (const auto& cause : causes) {
    attempts.push_back({cause->text, cause->message, cause->signal, cause->exit, cause->stack,
                        cause->output, cause->worker, cause->seconds});
  }
  const Cause& last = *causes.back();
  std::string text = item + ": " + last.text;
  if (causes.size() > 1) text += " (attempt " + std::to_string(causes.size()) + ")";
  if (!last.stack.empty()) text += "\n  at " + last.stack.front();
  call->fail(TaskError(kind_of(last.outcome), call->task(), item, std::move(attempts), text));
  call->publish();
}

void PoolEngine::broke(const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!broken_.empty()) return;
    broken_ = "the pool has ended: " + why;
    broken_status_ = run_->status();
  }
  end_all(TaskError::Kind::not_run, broken_);
}

bool PoolEngine::claim_waiting(PoolCall& call) {
  const std::lock_guard lock(mutex_);
  return call.counted && !call.handed_over && call.claim();
}

bool PoolEngine::withdraw(PoolCall& call, bool running) {
  bool withdrawn = false;
  runtime_->with_loop([&] {
    withdrawn = run_->cancel(call.number, running);
    if (withdrawn) under_way_.erase(call.number);
  });
  return withdrawn;
}

void PoolEngine::has_ended(const PoolCall& call) {
  if (call.number != 0) {
    const std::lock_guard lock(mutex_);
    took_ns_ += call.took_ns;
    ++(call.error() == nullptr ? counts_.done : counts_.failed);
  }
  --unended_;
}

void PoolEngine::callbacks_end() {
  --callbacks_;
  runtime_->notify();
}

}  // namespace penstock
