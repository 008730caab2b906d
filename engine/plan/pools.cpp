#include "plan/pools.hpp"

#include <algorithm>

#include "base/suggest.hpp"

namespace penstock {
namespace {

const std::string default_pool = "default";

template <class T, class U>
void take_value(const Given<T>& given, U& value) {
  if (given) value = static_cast<U>(given->value);
}

// "0-3, 8": numbers in rising order.
std::string ranges(const std::vector<unsigned>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (end - i > 1) text += '-' + std::to_string(numbers[end - 1]);
    i = end;
  }
  return text;
}

// `outputs`: where sinks write instead of where the file says; a list that allows that allows this.
SandboxPolicy policy(const SandboxSpec& sandbox, const std::string& outputs) {
  SandboxPolicy plan;
  take_value(sandbox.network, plan.network);
  if (!sandbox.files_mark) return plan;
  plan.files = sandbox.read_only ? FileAccess::read_only : FileAccess::listed;
  for (const Marked<std::string>& path : sandbox.paths) plan.paths.push_back(path.value);
  if (!sandbox.read_only && !outputs.empty()) plan.paths.push_back(outputs);
  return plan;
}

}  // namespace

Pools::Pools(const Spec& spec, const PlanOptions& options, Findings& findings)
    : spec_(spec), options_(options), findings_(findings) {
  for (const PoolSpec& pool : spec.pools) {
    check_cpus(pool);
    check_paths(pool);
    add(plan(pool));
  }
  const auto is_default = [](const PoolSpec& pool) { return pool.name.value == default_pool; };
  if (std::none_of(spec.pools.begin(), spec.pools.end(), is_default)) {
    PoolSpec pool;
    pool.name.value = default_pool;
    add(plan(pool));
  }
  from_file_ = pools_.size();
}

std::size_t Pools::add(PoolPlan pool) {
  pools_.push_back(std::move(pool));
  return pools_.size() - 1;
}

PoolPlan Pools::plan(const PoolSpec& pool) const {
  PoolPlan plan;
  plan.name = pool.name.value;
  const std::uint64_t given = pool.processes ? pool.processes->value : 0;
  const unsigned wanted = given > 0 ? static_cast<unsigned>(given) : options_.cores;
  plan.processes = std::max(1u, options_.processes.value_or(wanted));
  take_value(pool.memory, plan.memory);
  take_value(pool.recycle.items, plan.recycle_items);
  take_value(pool.recycle.memory, plan.recycle_memory);
  take_value(pool.grace, plan.grace);
  if (pool.nice) plan.nice = static_cast<int>(pool.nice->value);
  for (const Marked<std::uint64_t>& core : pool.cpus) {
    plan.cpus.push_back(static_cast<unsigned>(core.value));
  }
  std::sort(plan.cpus.begin(), plan.cpus.end());
  for (const EnvironmentSpec& variable : pool.env) {
    plan.env.emplace_back(variable.name.value, variable.value);
  }
  if (pool.sandbox) plan.sandbox = policy(*pool.sandbox, options_.outputs);
  return plan;
}

void Pools::check_cpus(const PoolSpec& pool) {
  const std::vector<unsigned>& there = options_.cpus;
  if (there.empty()) return;
  for (const Marked<std::uint64_t>& core : pool.cpus) {
    if (std::find(there.begin(), there.end(), core.value) != there.end()) continue;
    findings_.add(core.mark,
                  "pool " + ticked(pool.name.value) + " names core " + std::to_string(core.value) +
                      ", which is not there",
                  "the cores that can be used here are " + ranges(there));
    return;
  }
}

// One that came into being later would not be allowed: it is the file or folder itself that is.
void Pools::check_paths(const PoolSpec& pool) {
  if (!pool.sandbox || !options_.is_there) return;
  for (const Marked<std::string>& path : pool.sandbox->paths) {
    if (path.value.empty() || options_.is_there(path.value)) continue;
    findings_.add(path.mark,
                  "the sandbox of pool " + ticked(pool.name.value) + " allows " +
                      ticked(path.value) + ", which is not there",
                  "make it first; a relative path begins in the working directory");
  }
}

std::size_t Pools::of(const StageSpec& stage) {
  const std::size_t pool = named(stage);
  const auto under = options_.under.find(stage.name.value);
  if (under == options_.under.end() || pool >= pools_.size()) return pool;
  PoolPlan own = pools_[pool];
  own.name = "under " + stage.name.value;
  own.processes = 1;
  own.under = under->second;
  // What a debugger or profiler takes besides is not the task's.
  own.memory = own.recycle_memory = own.recycle_items = 0;
  return add(std::move(own));
}

std::size_t Pools::named(const StageSpec& stage) {
  const std::string& wanted = stage.pool ? stage.pool->value : default_pool;
  used_.insert(wanted);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < from_file_; ++i) {
    if (pools_[i].name == wanted) return i;
    names.push_back(pools_[i].name);
  }
  if (auto near = nearest(wanted, names)) used_.insert(std::move(*near));
  const std::string near = did_you_mean(wanted, names);
  findings_.add(stage.pool->mark,
                "stage " + ticked(stage.name.value) + " wants pool " + ticked(wanted) +
                    ", which is not under `pools`",
                near.empty() ? "`pools: {" + wanted + ": {processes: auto}}` makes one" : near);
  return pools_.size();
}

std::size_t Pools::add_callback() {
  PoolPlan pool;
  pool.name = "callback";
  return add(std::move(pool));
}

void Pools::report_unused() {
  for (const PoolSpec& pool : spec_.pools) {
    if (used_.count(pool.name.value) != 0) continue;
    findings_.add(pool.name.mark, "no stage uses pool " + ticked(pool.name.value),
                  "`pool: " + pool.name.value + "` at a stage uses it; else remove it");
  }
}

std::vector<PoolPlan> Pools::take(std::vector<StagePlan>& stages) {
  std::vector<bool> used(pools_.size());
  for (const StagePlan& stage : stages) {
    if (stage.pool < used.size()) used[stage.pool] = true;
  }
  std::vector<std::size_t> place(pools_.size());
  std::vector<PoolPlan> result;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    place[i] = result.size();
    if (used[i]) result.push_back(std::move(pools_[i]));
  }
  for (StagePlan& stage : stages) {
    if (stage.pool < place.size()) stage.pool = place[stage.pool];
  }
  return result;
}

}  // namespace penstock
