#include "api/server_child.hpp"

#include <unistd.h>

#include <utility>

#include "api/own_tasks.hpp"
#include "ipc/doorbell.hpp"
#include "process/exit_status.hpp"
#include "process/program_path.hpp"
#include "sync/managed/type_registry.hpp"
#include "sync/manager.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kPatience = 5'000'000'000;

std::vector<std::string> program() {
  std::vector<std::string> own = this_program(kObjectServerWord);
  if (!own.empty()) return own;
  if (!sync::TypeRegistry::of_this_process().empty()) {
    throw Error(Status::refused,
                "manager: the server is this program itself, which has to be started again to have "
                "the types that it registers: let main() begin with\n"
                "  penstock::worker_guard(argc, argv);");
  }
  return {find_program("penstock-objects").value().string()};
}

}  // namespace

ServerChild::ServerChild(sync::StartingServer& server) : runtime_(Runtime::get()) {
  Launch launch;
  launch.argv = program();
  launch.fds = std::move(server.descriptors);
  launch.stdout_and_stderr = duplicate(STDERR_FILENO).value();
  ChildEvents events;
  events.started = [this](pid_t) {
    started_ = true;
    runtime_->notify();
  };
  events.failed = [this](const std::string& reason) { end("could not be started: " + reason); };
  // By itself it never leaves with status 0: somebody has shut it down.
  events.died = [this](const ExitStatus& status) {
    end(status.is_clean() ? "was shut down" : "died: " + to_string(status));
  };
  events.lost = [this] { end("was killed with the keeper of this program"); };
  runtime_->with_loop(
      [&] { child_ = runtime_->engine().keeper().launch(std::move(launch), std::move(events)); });
  runtime_->wait([this] { return started_ || ended_; });
  if (started_) return;
  let_go();
  const std::lock_guard lock(mutex_);
  throw ManagerError(Status::gave_up, "manager: its server " + how_);
}

ServerChild::~ServerChild() {
  runtime_->wait([this] { return ended_.load(); }, ipc::monotonic_ns() + kPatience);
  let_go();
}

// The child is the loop's, whoever drops this.
void ServerChild::let_go() {
  runtime_->with_loop([this] { child_ = Child(); });
}

void ServerChild::end(const std::string& how) {
  std::shared_ptr<sync::ObjectClient> client;
  {
    const std::lock_guard lock(mutex_);
    how_ = how;
    client = client_.lock();
  }
  ended_ = true;
  if (client != nullptr) client->learn_of_end(how);
  runtime_->notify();
}

void ServerChild::tell(const std::shared_ptr<sync::ObjectClient>& client) {
  std::string how;
  {
    const std::lock_guard lock(mutex_);
    client_ = client;
    how = how_;
  }
  if (!how.empty()) client->learn_of_end(how);
}

Manager::Manager(const ManagerOptions& options) {
  Result<sync::StartingServer> starting = sync::prepare_server(options.address, options.key);
  if (!starting) throw ManagerError(starting.error().status(), starting.error().what());
  const auto child = std::make_shared<ServerChild>(*starting);
  parts_ = Parts::of(starting->address, {});
  parts_->address = to_text(starting->public_address);
  parts_->life_line = std::move(starting->life_line);
  parts_->process = child;
  child->tell(parts_->client);
}

}  // namespace penstock
