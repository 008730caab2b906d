// The pools of a plan: those of the file, `default`, and those that no file names, of callbacks and
// of stages that run under another program. Refers to spec and findings; one thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "plan/planner.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

class Pools {
 public:
  Pools(const Spec& spec, const PlanOptions& options, Findings& findings);

  // The index of the stage's pool; a finding where there is none.
  std::size_t of(const StageSpec& stage);
  // A pool of its own for a callback.
  std::size_t add_callback();

  // Findings for pools that no stage names.
  void report_unused();

  // The pools, without those whose only stages have left them for another program.
  std::vector<PoolPlan> take(std::vector<StagePlan>& stages);

 private:
  PoolPlan plan(const PoolSpec& pool) const;
  void check_cpus(const PoolSpec& pool);
  void check_paths(const PoolSpec& pool);
  std::size_t named(const StageSpec& stage);
  std::size_t add(PoolPlan pool);

  const Spec& spec_;
  const PlanOptions& options_;
  Findings& findings_;
  std::vector<PoolPlan> pools_;
  std::size_t from_file_ = 0;  // of pools_: those that stages can name
  std::set<std::string> used_;
};

}  // namespace penstock
