// Where a run writes its journal, and whether it goes on from what stands there already: what is
// unfinished is neither believed nor thrown away unasked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "penstock/pipeline.hpp"
#include "plan/plan.hpp"
#include "state/journal_file.hpp"

namespace penstock {

struct Continuation {
  JournalFile file;
  std::string run_id;
  std::optional<JournalContent> content;  // of the run that is gone on with; none: a new one
};

// What the results depend on, by what a person calls it: "stage `counts`, parameter `lowercase`".
// Secrets are not in it.
std::map<std::string, std::string> traits_of(const Plan& plan);

// The first source or stateful stage that gives no snapshot, for which its run cannot be gone on
// with; empty: all of them do.
std::string unrepeatable(const Plan& plan);

// What is not the same any more, a text each: "stage `counts`, parameter `size` changed from 4 to
// 8".
std::vector<std::string> differences(const std::map<std::string, std::string>& before,
                                     const std::map<std::string, std::string>& now);

// What there is to go on with in that folder. Fails if the journal is damaged.
Result<ResumeExplanation> explain_resume(const std::filesystem::path& folder, const Plan& plan);

// Fails with Status::refused: there is an unfinished run and nobody said what to do with it, it
// cannot be gone on with, it was another pipeline, or the journal is damaged.
Result<Continuation> open_journal(const std::filesystem::path& folder, const Plan& plan,
                                  const RunOptions& options);

}  // namespace penstock
