#include "api/process_engine.hpp"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <utility>

#include "api/carried.hpp"
#include "api/machine.hpp"
#include "api/pool_call.hpp"
#include "api/task_book.hpp"
#include "process/exit_status.hpp"

namespace penstock {
namespace {

constexpr const char* kNameVariable = "PENSTOCK_PROCESS_NAME";
constexpr const char* kParentVariable = "PENSTOCK_PROCESS_PARENT";
constexpr const char* kMain = "MainProcess";

struct Children {
  std::mutex mutex;
  std::list<std::weak_ptr<ProcessEngine>> all;
};

Children& children() {
  static auto& here = *new Children;  // processes with static storage may outlive anything here
  return here;
}

std::string next_name() {
  static std::atomic<unsigned> number{0};
  return "Process-" + std::to_string(++number);
}

Plan plan_of(const ProcessOptions& options, const std::string& name) {
  PoolPlan pool;
  pool.name = name;
  pool.env = options.env;
  pool.env.emplace_back(kNameVariable, name);
  pool.env.emplace_back(kParentVariable, std::to_string(::getpid()) + " " + current_process().name);
  Plan plan;
  plan.pipeline = name;
  plan.pools = {std::move(pool)};
  plan.memory = default_memory();
  return plan;
}

}  // namespace

std::shared_ptr<calls::ProcessCore> make_process(const std::string& task, calls::Argument argument,
                                                 const ProcessOptions& options,
                                                 const penstock_plugin_info* own) {
  auto process = std::make_shared<ProcessEngine>(task, std::move(argument), options, OwnTasks(own));
  const std::lock_guard lock(children().mutex);
  std::erase_if(children().all, [](const auto& child) { return child.expired(); });
  children().all.push_back(process);
  return process;
}

ProcessEngine::ProcessEngine(const std::string& task, calls::Argument argument,
                             const ProcessOptions& options, OwnTasks own)
    : runtime_(Runtime::get()),
      name_(options.name.empty() ? next_name() : options.name),
      plan_(plan_of(options, name_)),
      argument_(std::move(argument.bytes)) {
  terms_.objects = carried(argument.objects);
  RunSetup setup;
  setup.caller = this;
  setup.program = own.worker();
  setup.new_party = &new_party;
  setup.worker_ended = [this](const Worker& worker, const WorkerEnd& end) {
    worker_ended(worker, end);
  };
  setup.broke = [this](const std::string& why) {
    problem_ = why;
    let_go();
  };
  runtime_->with_loop([&] {
    Engine& engine = runtime_->engine();
    TaskBook(engine, own, options.plugin_path).find(plan_, task, *argument.type, {});
    run_ = std::make_unique<Run>(engine.loop(), engine.keeper(), engine.symbolizer(), plan_,
                                 nullptr, setup);
  });
}

ProcessEngine::~ProcessEngine() {
  runtime_->with_loop([this] {
    runtime_->loop().remove(*run_);
    run_.reset();
  });
}

void ProcessEngine::start() {
  if (started_.exchange(true)) throw Error(Status::refused, name_ + " was started already");
  runtime_->with_loop([this] {
    run_->begin().value();
    runtime_->loop().add(*run_);
  });
  runtime_->wait([this] { return pid_ != 0 || ended_; });
  if (pid_ == 0) throw Error(Status::gave_up, name_ + " could not be started: " + problem_);
}

bool ProcessEngine::join(calls::Time until) {
  if (!started_) throw Error(Status::refused, name_ + " was not started: start() it first");
  return runtime_->wait([this] { return ended_.load(); }, loop_time(until));
}

void ProcessEngine::signal(int number) {
  if (!started_) throw Error(Status::refused, name_ + " was not started: start() it first");
  runtime_->with_loop([&] {
    if (ended_) return;
    for (const auto& [id, worker] : run_->state().fleet->workers()) {
      run_->state().fleet->kill(*worker, number);
    }
  });
}

std::optional<int> ProcessEngine::exitcode() const {
  return ended_ ? std::optional(exitcode_) : std::nullopt;
}

// ---- On the loop

bool ProcessEngine::supply(std::size_t) {
  for (const auto& [id, worker] : run_->state().fleet->workers()) note_pid(*worker);
  if (std::exchange(given_, true)) return false;
  auto payload = run_->keep(std::as_bytes(std::span(argument_)));
  if (!payload) {
    run_->state().end_early(payload.error().status(), payload.error().what());
    return true;
  }
  terms_.attempts = 1;
  run_->call(0, 1, payload.value(), false, std::exchange(terms_, {}));
  argument_ = std::string();
  return true;
}

// Whoever waits for start() learns of it by the turn that follows.
void ProcessEngine::note_pid(const Worker& worker) {
  const pid_t pid = worker.child.pid();
  if (pid_ != 0 || pid == 0) return;
  sentinel_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  // One that has gone meanwhile has ended.
  if (!sentinel_) sentinel_.reset(::eventfd(1, EFD_CLOEXEC));
  pid_ = pid;
  runtime_->notify();
}

void ProcessEngine::done(std::uint64_t, const Payload*, std::uint64_t) {
  let_go();
}

void ProcessEngine::given_up(std::uint64_t, const std::string&,
                             std::span<const std::shared_ptr<Cause>> causes) {
  const Cause& cause = *causes.back();
  failed_ = cause.outcome == Outcome::failed;
  std::fprintf(stderr, "%s (%s): %s\n", name_.c_str(), plan_.stages[0].name.c_str(),
               cause.text.c_str());
  for (const std::string& line : cause.stack) std::fprintf(stderr, "  at %s\n", line.c_str());
  let_go();
}

// Not from within the run's own turn.
void ProcessEngine::let_go() {
  boost::asio::post(runtime_->engine().loop(), [weak = weak_from_this()] {
    const auto here = weak.lock();
    if (here && here->run_ && !here->run_->leaving()) here->run_->leave();
  });
}

void ProcessEngine::worker_ended(const Worker& worker, const WorkerEnd& end) {
  runtime_->engine().undertaker().bury(worker.party);
  note_pid(worker);  // it may have begun and ended in one turn
  if (end.how == WorkerEnd::How::not_started) problem_ = end.reason;
  const ExitStatus& status = end.status;
  exitcode_ = failed_ ? 1 : status.signal != 0 ? -status.signal : status.code;
  if (end.how != WorkerEnd::How::exited) exitcode_ = -SIGKILL;
  ended_ = true;
  runtime_->notify();
}

// ---- Of all processes

std::vector<ProcessInfo> active_children() {
  std::vector<ProcessInfo> found;
  const std::lock_guard lock(children().mutex);
  for (const auto& child : children().all) {
    const auto process = child.lock();
    if (process && process->alive()) found.push_back({process->name(), process->pid()});
  }
  return found;
}

ProcessInfo current_process() {
  const char* name = std::getenv(kNameVariable);
  return {name != nullptr ? name : kMain, ::getpid()};
}

std::optional<ProcessInfo> parent_process() {
  const char* parent = std::getenv(kParentVariable);
  if (parent == nullptr) return std::nullopt;
  char* name = nullptr;
  const long pid = std::strtol(parent, &name, 10);
  return ProcessInfo{*name == ' ' ? name + 1 : kMain, static_cast<pid_t>(pid)};
}

unsigned cpu_count() {
  return static_cast<unsigned>(usable_cores().size());
}

}  // namespace penstock
