// What a stage gives to others: its outputs by name, and whether each one is read or ignored. Every
// stage has the output `failed` besides those of its task. Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "spec/finding.hpp"
#include "spec/spec.hpp"

namespace penstock {

// The task of each stage; null where it is not known, which has its finding.
using StageTasks = std::vector<const TaskDescription*>;

inline constexpr std::string_view failed_output = "failed";
inline constexpr std::string_view main_output_name = "main";  // where `ignore` has to call it so

// The index of the output that `from: STAGE.name` takes, of the main one if `name` is empty;
// kFailedOutput for `failed`.
std::optional<std::uint16_t> find_output(const TaskDescription& task, std::string_view name);

// The type of what comes out there.
std::string output_type(const TaskDescription& task, std::uint16_t output);

// Whether a key may be given with what comes out there.
bool has_keys(const TaskDescription& task, std::uint16_t output);

// Names of the task's outputs without the main one, and `failed`.
std::vector<std::string> named_outputs(const TaskDescription& task);

// Who reads which outputs, by number of the stage in the spec.
struct Readership {
  std::map<std::pair<std::size_t, std::uint16_t>, std::size_t> readers;  // one of them
  std::set<std::pair<std::size_t, std::uint16_t>> meant;  // by one that misspells the output
  std::set<std::size_t> meant_stages;                     // by one that misspells the stage
};

// Findings for outputs that nobody reads and nobody ignores, and for what `ignore` should not name.
void check_outputs(const Spec& spec, const StageTasks& tasks, const Readership& readership,
                   Findings& findings);

}  // namespace penstock
