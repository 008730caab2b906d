// What the journal holds, as values: docs/state.md says what each means on disk. Names of stages
// are those of the file; an origin is where ids begin: a source ("chunks"), or a snapshot of a
// stateful instance, whose outputs are items of their own ("totals.0.3").
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "state/dead_letter.hpp"
#include "state/item_ids.hpp"

namespace penstock {

// The items of an origin that have ended, and how many it has made.
struct OriginRecord {
  std::string origin;
  std::string ended;  // an encoded NumberSet
  std::uint64_t made = 0;
};

// From where a source goes on: the items behind the first `position` come after the snapshot.
struct SourceRecord {
  std::string stage;
  std::uint64_t position = 0;
  std::string snapshot;
};

// What has ended for good, of one stage; of the run where that is empty.
struct AccountRecord {
  std::string stage;
  std::uint64_t done = 0;
  std::uint64_t dead = 0;
  std::uint64_t skipped = 0;
  std::uint64_t handled = 0;
  std::uint64_t retried = 0;
  std::uint64_t ran = 0;    // items whose call has ended, those to be run again included
  std::uint64_t nanos = 0;  // that these calls have taken

  bool operator==(const AccountRecord&) const = default;
};

// A stateful stage or a sink stands here, an instance each: its last snapshot, or its last epoch
// and what the commit answered.
struct MarkRecord {
  std::string stage;
  std::uint64_t instance = 0;
  std::uint64_t number = 0;
  bool finished = false;  // stateful: nothing comes after it
  std::string answer;
};

// The items that a mark with that number covers. Of a sink's epoch that stands here and not among
// the marks nobody knows yet whether it has reached the output.
struct EpochRecord {
  std::string stage;
  std::uint64_t instance = 0;
  std::uint64_t number = 0;
  ItemIds items;
};

// Some outputs of a stateful instance that left with a snapshot, one after the other.
struct OutputsRecord {
  std::string stage;
  std::uint64_t instance = 0;
  std::uint64_t snapshot = 0;
  std::uint64_t first = 0;
  std::string outputs;  // for each, as varints: its port, its size; and its bytes
  std::uint64_t count = 0;
};

// All that goes to disk together, or not at all.
struct JournalEntry {
  std::vector<OriginRecord> origins;
  std::vector<SourceRecord> sources;
  std::vector<AccountRecord> accounts;
  std::vector<EpochRecord> epochs;
  std::vector<MarkRecord> marks;
  std::vector<OutputsRecord> outputs;
  std::vector<DeadLetter> letters;
  std::vector<std::pair<std::string, std::string>> facts;  // of the run, by name

  struct Epoch {
    std::string stage;
    std::uint64_t instance = 0;
    std::uint64_t number = 0;
  };
  std::vector<Epoch> forgotten_epochs;         // whose items are known to have ended
  std::vector<std::string> forgotten_origins;  // likewise, and with them their outputs
  std::vector<std::pair<std::string, std::string>> forgotten_letters;  // stage and path: replayed
  bool sync = false;  // it has to survive a loss of power
};

}  // namespace penstock
