// What a replay takes, what has become of it, and what of that the journal of the run has to know.
// Belongs to the thread that calls.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "run/run.hpp"
#include "state/journal_file.hpp"

namespace penstock {

class ReplayBook {
 public:
  // What the journal says, and of its letters those of these items; of none: all. Throws Error.
  void read(JournalFile& file, JournalContent content, const std::vector<std::string>& items);

  // What the run and replays before have left in the journal.
  const JournalContent& content() const { return content_; }
  // To be replayed, without their content.
  const std::vector<DeadLetter>& letters() const { return letters_; }

  // Of the letter of this number, from 1, nothing is under way any more; `stage` is where it came.
  void ended(std::uint64_t number, StageIndex stage) { ended_[number] = stage; }
  // Again, or something further down.
  void given_up(DeadLetter letter);

  // What the journal has to know of it, in one piece.
  Result<JournalEntry> entry(Run& run) const;

 private:
  // A letter's stage, item and input: the same item may come to a stage by several of these.
  using Name = std::tuple<std::string, std::string, std::string>;
  static Name name_of(const DeadLetter& letter) {
    return {letter.stage, letter.item, letter.input};
  }

  void add_letters(JournalEntry& entry) const;
  void add_accounts(Run& run, JournalEntry& entry) const;
  std::set<std::string> not_ended() const;
  std::string path_of(const DeadLetter& letter) const;
  std::uint64_t roots_done() const;

  JournalContent content_;
  std::vector<DeadLetter> letters_;
  std::map<std::string, std::string> paths_;  // of their items
  std::multiset<std::string> roots_;          // of all letters there are
  std::map<std::uint64_t, StageIndex> ended_;
  std::map<Name, DeadLetter> given_up_;
};

}  // namespace penstock
