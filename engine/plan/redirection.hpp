// Which files sinks write, as far as their tasks say so, and how they come to be written below
// another folder: what `--outputs` asks for. Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace penstock {

// `out/a.tsv` of the stage `save` becomes FOLDER/save/out/a.tsv, and the standard output
// FOLDER/save/stdout. False: it is a sink of which nobody knows what it writes.
bool redirect_outputs(StagePlan& stage, const std::string& folder);

// The files that sinks write, as their arguments say: templates, too. Each once, no streams.
std::vector<std::string> output_files(const Plan& plan);

// The folders that what it writes lies in, as far as its arguments say. Its author may have relied
// on those of the place that it had before.
std::vector<std::string> output_folders(const StagePlan& stage);

}  // namespace penstock
