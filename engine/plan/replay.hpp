// The part of a plan that items take which are given to some of its stages directly: what
// `penstock dead replay` runs. Pure; one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.hpp"
#include "plan/plan.hpp"

namespace penstock {

// Where an item is to come in.
struct Entrance {
  std::string stage;
  std::string input;  // of its task
  std::string type;   // of the item

  bool operator<(const Entrance& other) const {
    return std::tie(stage, input, type) < std::tie(other.stage, other.input, other.type);
  }
};

struct ReplayPlan {
  static constexpr std::size_t kSource = 0;  // the stage that gives the items; the engine is it
  Plan plan;
  std::map<Entrance, std::uint16_t> outputs;  // of that stage
};

// `also`: names of stages that have a place even if no item comes to them. Fails with
// Status::refused, and the reason, where a stage or its input is not there any more; and where
// items would come to a stateful task, unless those may begin anew: what it had to give it has
// given.
Result<ReplayPlan> replay_plan(const Plan& plan, const std::vector<Entrance>& entrances,
                               const std::set<std::string>& also, bool stateful_anew);

}  // namespace penstock
