// Which items an output becomes: one for each stage that reads it, and of a partitioned stage for
// the instance that has the key. Made from the plan, once. Belongs to the loop.
#pragma once

#include <penstock/type.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "plan/plan.hpp"
#include "pool/extent_table.hpp"
#include "run/item.hpp"

namespace penstock {

class Router {
 public:
  Router(const Plan& plan, const ExtentTable& extents);

  // Takes up stages that were added to the plan since.
  void extend(const Plan& plan);

  struct Target {
    StageIndex stage = 0;
    std::uint16_t edge = 0;  // of that stage
  };
  // Of one output, of this stage. They stay until the next call.
  std::span<const Target> targets(StageIndex stage, std::uint16_t output, const Payload& payload);

  // Whether each value of the output has its key behind it.
  bool keyed(StageIndex stage, std::uint16_t output) const {
    return output < keyed_[stage].size() && keyed_[stage][output];
  }
  const std::vector<bool>& keyed_outputs(StageIndex stage) const { return keyed_[stage]; }

  // The payload without the key.
  std::uint64_t value_size(std::span<const std::byte> payload) const;

 private:
  struct Route {
    Reader reader;
    std::uint16_t instances = 1;
    std::string key_field;
    Type type;  // that the field is looked for in
  };

  std::uint64_t key_of(const Route& route, const Payload& payload);
  std::span<const std::byte> bytes_of(const Payload& payload, std::uint64_t at_most);

  const ExtentTable& extents_;
  std::vector<std::vector<Route>> routes_;  // by stage
  std::vector<std::vector<bool>> keyed_;    // by stage and output
  std::vector<Target> targets_;
  std::vector<std::byte> bytes_;
};

}  // namespace penstock
