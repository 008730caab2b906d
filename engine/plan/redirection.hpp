// Has what a sink writes written below another folder: what `--outputs` asks for. Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace penstock {

// `out/a.tsv` of the stage `save` becomes FOLDER/save/out/a.tsv, and the standard output
// FOLDER/save/stdout. False: it is a sink of which nobody knows what it writes.
bool redirect_outputs(StagePlan& stage, const std::string& folder);

// The folders that what it writes lies in, as far as its arguments say. Its author may have relied
// on those of the place that it had before.
std::vector<std::string> output_folders(const StagePlan& stage);

}  // namespace penstock
