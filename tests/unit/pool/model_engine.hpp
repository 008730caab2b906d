// The engine of the model of arenas, around the real ExtentTable: pool/fleet.cpp, pool/link.cpp,
// run/receiver.cpp, run/delivery.cpp and delivery_spools.cpp, run/grants.cpp and
// run/supervisor.cpp, without what does not touch shared memory.
//
// Items are made by stage 0 from nothing, by stage 1 from those of stage 0, and read by stage 2 or
// by the engine itself. A worker may serve one stage or all: then it reads its own blocks, too.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "block_facts.hpp"
#include "ipc/schedule.hpp"
#include "model_worker.hpp"
#include "pool/extent_table.hpp"

namespace penstock::model {

class ModelEngine {
 public:
  ModelEngine(std::uint64_t seed, Mistake mistake);

  // Empty, or what was broken.
  std::string run() { return schedule_.run(); }

 private:
  static constexpr std::size_t kStages = 3;

  using ItemId = std::uint64_t;
  // A payload as the engine has it, and what it really is.
  struct Payload {
    BlockId block = kNoBlock;
    View view;
  };
  struct Item {
    std::size_t stage = 0;
    Payload payload;
    unsigned charged = 0;
  };
  struct Call {
    std::uint64_t number = 0;
    ItemId item = 0;
  };
  // A page of outputs that are still to become items.
  struct Page {
    BlockId block = kNoBlock;
    std::size_t fact = kNoFact;
    WorkerId maker = 0;
    std::vector<Made> outputs;
    Payload given;
    std::uint32_t next = 0;
  };
  // Where one worker sits after the other.
  struct Seat {
    ModelWorker* life = nullptr;
    std::size_t actor = 0;
    RingWriter writer;
    RingReader reader;
    std::deque<ipc::Descriptor> waiting;
    ipc::Descriptor freed_blocks;  // being filled
    std::deque<Call> calls;
    std::uint64_t next_call = 1;
    std::vector<ipc::Descriptor> outputs;  // of the first call
    std::uint64_t wanted = 0;              // bytes
    bool freed = false;
    bool gone = false;                // it is not in the fleet any more
    std::vector<std::uint32_t> sent;  // extents, to any life
  };
  struct Extent {
    WorkerId owner = 0;
    std::uint64_t size = 0;
    bool dropped = false;
  };

  // The loop.
  void engine();
  void loop();
  void sleep();
  void end_workers();

  // Workers and their links.
  void start_worker(Seat& seat);
  void kill_somebody();
  void bury(Seat& seat);
  void take_back(Seat& seat);
  Seat* find(WorkerId id);
  void send(Seat& seat, const ipc::Descriptor& descriptor);
  void send_freed(Seat& seat, std::uint32_t extent, std::uint64_t offset);
  static void send_letter(Seat& seat, ModelLetter letter);
  void flush(Seat& seat);
  bool receive(Seat& seat);
  void handle(Seat& seat, const ipc::Descriptor& descriptor);

  // Calls and what they make.
  bool dispatch();
  bool may_call(const Seat& seat, std::size_t stage) const;
  void call(Seat& seat, ItemId item);
  bool read_last();
  void complete(Seat& seat, const ipc::Descriptor& done);
  void deliver(const Seat& seat, const Item& parent, MadeOfCall made);
  void keep_page(const Seat& seat, const Item& parent, const ipc::Descriptor& page,
                 std::size_t fact, std::vector<Made> outputs);
  void discard(Seat& seat, const MadeOfCall& made);
  Payload take(WorkerId maker, const Payload& given, const ipc::Descriptor& output,
               const Made& made);
  bool expand();
  void let_go(std::size_t stage);
  std::vector<ipc::Descriptor> read_page(BlockId block, std::uint32_t from, std::uint32_t to) const;
  void add_item(std::size_t stage, const Payload& payload);
  void end_item(ItemId item, bool release = true);

  // Extents.
  std::uint32_t create_extent(WorkerId owner, std::uint64_t bytes);
  bool grant();
  bool relieve();
  void give(Seat& seat);
  bool in_books(std::size_t block) const;
  bool named_in(std::uint32_t extent) const;
  bool is_needed(std::uint32_t id, const Extent& extent) const;
  void check_extents() const;

  Schedule schedule_;
  const Mistake mistake_;
  BlockFacts facts_;
  ExtentTable table_;
  Word sleeping_;  // the engine
  std::vector<std::unique_ptr<ModelWorker>> lives_;
  std::vector<Seat> seats_;
  std::map<WorkerId, std::size_t> seat_of_;
  unsigned deaths_left_ = 0;
  const unsigned attempts_;
  const std::size_t window_;  // calls that a worker is given
  const std::size_t bound_;   // items before a stage
  const bool all_serve_all_;
  const bool engine_reads_last_;
  bool ending_ = false;
  WorkerId next_worker_ = 1;
  ItemId next_item_ = 1;
  std::map<ItemId, Item> items_;  // those that have not ended
  std::array<std::deque<ItemId>, kStages> queues_;
  std::array<std::deque<Page>, kStages> pages_;  // by the stage that has made them
  std::map<WorkerId, unsigned> pins_;
  std::map<std::uint32_t, Extent> extents_;  // all that there ever were
};

}  // namespace penstock::model
