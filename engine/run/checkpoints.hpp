// What of a run has ended for good, on its way into the journal; and how a run goes on from what a
// journal holds.
//
// A source item has ended when all that was made from it has: these are kept by number, an output
// of a stateful stage by its number in its snapshot. Every 20 ms they are written down, with the
// last place of each source behind which alone something is still under way. With an epoch of a
// sink the ids of its items are written, before it commits where its output cannot be cut back;
// with a snapshot of a stateful task, those that it covers and what leaves with it. After an
// interruption sources go on from their place and leave out what had ended; what comes again to a
// sink or a stateful task that has it already ends there. So an item is in an output once, whatever
// of it had been under way. Belongs to the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run/delivery.hpp"
#include "run/run_state.hpp"
#include "state/journal.hpp"
#include "state/number_set.hpp"

namespace penstock {

class Checkpoints {
 public:
  // `journal`: null where no state is kept. It outlives this.
  Checkpoints(RunState& state, Delivery& delivery, Journal* journal);

  bool on() const { return journal_ != nullptr; }

  // Goes on from there. Before anything is begun. Fails if it does not fit the plan.
  Result<void> resume(JournalContent content);

  // A source has given a snapshot behind all that it has made.
  void note_place(const StageState& source);
  // A source reads what cannot be read again.
  void note_unrepeatable(const StageState& source);
  bool unrepeatable() const { return unrepeatable_; }

  // The ids of all that is retained, for the next epoch of the sink; the entry's number.
  std::uint64_t prepare(const StageState& sink);
  // It has committed, also where that was heard of only when it was opened again: all that is
  // retained is done. The entry's number.
  std::uint64_t committed(StageState& sink);
  // Whether the sink may hold one epoch more than the journal knows of, and does: its items have
  // ended there; the entry's number. None: nobody knows of such an epoch. Else it does not hold it.
  std::optional<std::uint64_t> held_before(const StageState& sink);
  void not_held(const StageState& sink);

  // A stateful task has given a snapshot, or finished: all that is retained, and what was made.
  // The former is done. Fails if the worker lied about the latter.
  Result<std::uint64_t> left(StageState& stage, const Worker& worker, const Payload& mark,
                             std::uint32_t snapshot, bool finished);

  void put(DeadLetter letter);
  // The item's id as the journal knows it again; of what several have made, a line for each.
  std::string path_of(ItemIndex item) const;

  bool stored(std::uint64_t entry) const { return journal_->stored() >= entry; }
  bool full() const { return journal_ != nullptr && journal_->full(); }

  // Makes items of what was made before an interruption, as far as there is room, and writes down
  // what has ended, now and then. True: something moved.
  bool turn();
  // When the next of that is due (0: nothing has ended since).
  std::uint64_t next_due() const;
  // The same, at once. `over`: nothing of the run is left to be done.
  void write_rest(bool over);

 private:
  using OriginKey = std::pair<StageIndex, std::uint32_t>;  // a stage, and one of its snapshots or 0
  using MarkKey = std::pair<std::string, std::uint64_t>;   // a stage and its instance

  struct Origin {
    NumberSet ended;
    std::uint64_t made = 0;  // stateful: by that snapshot
    bool changed = false;
  };
  struct Place {
    std::uint64_t position;
    std::string snapshot;
  };
  // Numbers of one origin that an epoch covers.
  struct Cover {
    OriginKey origin;
    std::uint64_t first;
    std::uint64_t last;
  };
  struct Epoch {
    JournalEntry::Epoch name;
    std::vector<Cover> covers;
  };

  static MarkKey key_of(const StageState& stage) {
    return {stage.plan->name, stage.plan->instance};
  }
  static std::string account_name(const StageState& stage);
  void ended(const Item& item);
  bool taken() const;
  class IdCollector;
  void end_retained(StageState& stage, std::uint64_t number, JournalEntry& entry);
  void remember(const EpochRecord& epoch);
  std::string name_of(const OriginKey& origin) const;
  std::optional<OriginKey> origin_named(const std::string& name) const;
  bool gone(const Cover& cover) const;
  std::uint64_t write(JournalEntry entry);
  std::uint64_t write_progress(JournalEntry entry);
  void add_accounts(JournalEntry& entry);
  void forget_old(JournalEntry& entry);

  Result<void> set_mark(StageState& stage, std::uint64_t number, const std::string& bytes);
  void take_dead(const std::string& stage, const std::string& path);
  void take_fates(StageIndex stage, const ItemIds& items);
  void add_fate(StageIndex stage, const OriginKey& origin, std::uint64_t number,
                const std::string& item, Fate fate);
  void take_accounts(const JournalContent& content);
  void watch_fates();
  std::optional<Fate> fate_before(ItemIndex item);
  bool replay(StageState& stage);

  RunState& state_;
  Delivery& delivery_;
  Journal* journal_;
  std::map<OriginKey, Origin> origins_;
  std::map<StageIndex, std::deque<Place>> places_;
  std::vector<Epoch> epochs_;                      // that the journal holds, in no order
  std::size_t next_epoch_ = 0;                     // of them to be looked at
  std::map<std::string, AccountRecord> accounts_;  // as they were written last
  std::uint64_t written_at_ = 0;
  std::map<StageIndex, std::uint64_t> placed_at_;
  bool changed_ = false;
  bool failed_ = false;        // the journal takes nothing more
  bool resumed_ = false;       // there was something to go on with
  bool unrepeatable_ = false;  // it says that it cannot be gone on with

  // From before an interruption: by stage, ids that have come to their end there.
  std::map<StageIndex, std::map<std::string, Fate>> fates_;
  std::map<OriginKey, std::uint64_t> fates_below_;  // behind the last number that these begin with
  std::map<MarkKey, EpochRecord> prepared_;         // of epochs of which nobody knows
};

}  // namespace penstock
