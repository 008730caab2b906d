// Spec and plugin descriptions -> Plan and findings. A pure function: what it needs to know of the
// machine is handed to it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/offer.hpp"
#include "plan/plan.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

struct PlanOptions {
  unsigned cores = 1;                 // what `processes: auto` stands for
  std::optional<unsigned> processes;  // of --processes: for every pool
  std::uint64_t memory = 0;           // budget in bytes where the file gives none
  std::vector<unsigned> cpus;         // cores there are, by number; empty: nobody has counted them
  std::map<std::string, std::vector<std::string>> under;  // of --under: a command, by stage
  std::string outputs;    // of --outputs: a folder below which sinks write; empty: where they say
  unsigned attempts = 0;  // of --attempts: of every stage, without longer waits; 0: as they say
  std::function<bool(const std::string&)> is_there;  // a path; null: nobody has looked
};

struct Planned {
  Plan plan;  // whole only if there are no findings
  std::vector<Finding> findings;
};

// `offer` answers needed_plugins(spec). A spec with findings of its own may be given, so that one
// run names the mistakes of both; of one that was not read to its end, most would be wrong.
Planned make_plan(const Spec& spec, const Offer& offer, const PlanOptions& options);

}  // namespace penstock
