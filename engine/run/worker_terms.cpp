// What the workers of a pool are started with.

#include <filesystem>
#include <set>

#include "run/run_state.hpp"

namespace penstock {

WorkerOptions RunState::worker_options(std::size_t index) const {
  const PoolPlan& pool = plan.pools[index];
  WorkerOptions options;
  options.pool = index;
  options.memory = pool.memory;
  options.nice = pool.nice;
  options.cpus = pool.cpus;
  options.under = pool.under;
  options.env = pool.env;
  options.link.prints = setup.caller != nullptr;  // to the standard output
  if (setup.new_party) options.link.party = setup.new_party();
  if (pool.sandbox) options.link.sandbox = sandbox_order(index);
  return options;
}

ipc::SandboxOrder RunState::sandbox_order(std::size_t pool) const {
  const SandboxPolicy& policy = *plan.pools[pool].sandbox;
  ipc::SandboxOrder order;
  order.network = policy.network;
  order.files = static_cast<ipc::SandboxOrder::Files>(policy.files);
  order.paths = policy.paths;
  std::set<std::string> folders;
  for (const StagePlan& stage : plan.stages) {
    if (stage.pool != pool) continue;
    folders.insert(std::filesystem::path(plan.plugins[stage.plugin].path).parent_path());
  }
  order.plugins.assign(folders.begin(), folders.end());
  return order;
}

}  // namespace penstock
