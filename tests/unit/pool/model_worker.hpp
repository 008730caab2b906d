// A worker of the model of arenas: worker/connection.cpp, worker/outputs.cpp and
// worker/call_loop.cpp, without what does not touch shared memory. The arena is the real one, over
// extents that are real, and smaller; the rings are real over words of the model.
//
// One object is one life. What is killed keeps nothing on its stack that wants to be destroyed.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "block_facts.hpp"
#include "ipc/arena.hpp"
#include "ipc/line.hpp"
#include "ipc/ring.hpp"
#include "ipc/schedule.hpp"

namespace penstock::model {

using Word = ModelWord<std::uint32_t>;

inline constexpr std::uint32_t kSlots = 4;
inline constexpr std::size_t kHomeBytes = 64 * 1024;    // one page of the arena
inline constexpr std::size_t kGrantBytes = 192 * 1024;  // three
inline constexpr unsigned kOutputsInRing = 2;           // of a call
inline constexpr unsigned kOutputsInPage = 2;

using RingMemory = ipc::BasicRingMemory<Word, kSlots>;
using RingWriter = ipc::BasicRingWriter<Word, kSlots>;
using RingReader = ipc::BasicRingReader<Word, kSlots>;

// Mistakes that one could make; the model has to notice each.
enum class Mistake {
  none,
  released_at_begin,         // an input is let go of when its call is sent
  dead_reader_holds,         // what a dead reader held is not given back
  released_twice_at_death,   // let go of for the dead reader, although the item is tried again
  extents_die_with_owner,    // whoever holds blocks in them
  view_not_counted,          // what passes a part of the input on does not hold the input
  told_to_next_life,         // who sits in a dead owner's place is told of its blocks
  retired_before_drained,    // what a dead worker has ended is believed after its extents are gone
  failed_call_kept,          // what a failed call has made does not go back
  freed_unnoted,             // it goes back, but its maker, who waits for memory, is not told so
  looked_before_freed,       // who waits looks again before it can see what was freed
  page_unpinned,             // a dead maker's extents go although a page names blocks in them
  page_views_unheld,         // the inputs that a page names parts of are not held
  extent_not_forgotten,      // readers of an extent that is no more are not told
  extent_sent_to_seat_once,  // a reader's next life is not sent what the one before it had mapped
  unnamed_output_kept,       // what is made when there is no memory for the page that would name it
  maker_frees_too,           // the maker takes back what it has handed on
};

// What an output of a call really is.
struct Made {
  ipc::Where where = ipc::Where::block;
  View view;
};
// All that a call has made.
struct MadeOfCall {
  std::vector<Made> outputs;
  std::vector<std::size_t> pages;
};

struct ModelLetter {
  enum class Kind { extent, grant, refusal, again };
  Kind kind;
  std::uint32_t id = 0;
  ipc::Mapping mapping = {};
};

class ModelWorker final : private ipc::Grower {
 public:
  ModelWorker(WorkerId own_id, BlockFacts& facts, const Word& engine_sleeping, Mistake mistake,
              ipc::OwnedExtent home);

  void run();
  // The process is gone, and what it had mapped.
  void perish();

  const WorkerId id;

  // Shared with the engine.
  RingMemory calls;  // the engine's segment
  Word results_read;
  RingMemory results;  // the worker's
  Word calls_read;
  Word sleeping;
  ipc::BasicLine<Word, ModelWord<std::uint64_t>> line{};

  // The kernel's.
  bool bell = false;
  bool asleep = false;  // on the cursor of `calls`
  std::deque<ModelLetter> letters;

  // Facts of calls, by number: what each was given (set when it is sent), what it has made, the
  // last one that has ended, and what is being read.
  std::unordered_map<std::uint64_t, View> given;
  std::unordered_map<std::uint64_t, unsigned> outputs_wanted;
  std::unordered_map<std::uint64_t, MadeOfCall> made;
  std::uint64_t ended = 0;
  std::size_t reading = kNoFact;
  // The extents that there were when it was told to stop.
  std::unordered_set<std::uint32_t> extents_at_end;

 private:
  Result<ipc::OwnedExtent> grow(std::size_t bytes) override;
  void shrink(std::uint32_t extent) override;

  ipc::Descriptor next();
  bool pump();
  void send(const ipc::Descriptor& descriptor);
  void publish();
  ModelLetter wait_letter();
  const std::byte* view(const ipc::BlockRef& ref);

  void perform(const ipc::Descriptor& call);
  bool make_output(const ipc::Descriptor& call);
  std::size_t make_block(std::uint64_t bytes);
  void fill(std::size_t block);
  bool emit(const ipc::Descriptor& call, const Made& output);
  void send_page(const ipc::Descriptor& call);
  void look_at_input(const ipc::Descriptor& call);
  void free_loans();

  BlockFacts& facts_;
  const Word& engine_sleeping_;
  const Mistake mistake_;
  std::optional<ipc::Arena> arena_;
  std::unordered_map<std::uint32_t, ipc::Mapping> mapped_;  // of others
  std::size_t extents_ = 0;                                 // granted and not given back
  std::deque<ipc::Descriptor> arrived_;
  RingWriter out_;
  RingReader in_;

  // Of the call in hand.
  std::vector<std::size_t> loans_;
  unsigned emitted_ = 0;
  std::size_t page_ = kNoFact;
  unsigned in_page_ = 0;
};

}  // namespace penstock::model
