// An Explanation for a person: in full, and in short as a dry run shows it. Pure functions; no line
// is wider than 80 columns but where a single word is.
#pragma once

#include <string>

#include "penstock/explanation.hpp"

namespace penstock {

// Everything, value by value.
std::string full_text(const Explanation& explanation);

// A line a stage, the processes and the memory.
std::string short_text(const Explanation& explanation);

// What there is to go on with, what of it is run again, and what has changed.
std::string resume_text(const ResumeExplanation& explanation);

// "words.yaml:9, ${INPUT} by --set", "auto", "default"
std::string origin_text(const ExplainedValue& value);

}  // namespace penstock
