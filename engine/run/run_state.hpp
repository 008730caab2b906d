// What the rooms of run/ share: one run's plan, memory, workers, items and stages, and the one
// place where it is said that the run has to end and why. Belongs to the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ipc/order.hpp"
#include "penstock/observer.hpp"
#include "plan/plan.hpp"
#include "pool/extent_table.hpp"
#include "pool/fleet.hpp"
#include "run/cause.hpp"
#include "run/ledger.hpp"
#include "run/stage_state.hpp"

namespace penstock {

// How many calls a worker may have in its ring.
std::size_t calls_ahead(const Worker& worker);

struct RunState {
  RunState(boost::asio::io_context& io, const Plan& the_plan);

  boost::asio::io_context& loop;
  const Plan& plan;
  ExtentTable extents;
  Ledger ledger;
  CauseBook causes;
  std::unique_ptr<Fleet> fleet;
  std::vector<StageState> stages;
  std::vector<StageIndex> sinks_first;  // all stages, those nearest to the sinks first

  std::function<void(Level level, std::string text)> say;  // to whoever watches

  std::uint64_t now = 0;  // ns; read once a turn of the loop
  std::uint64_t restarts = 0;
  std::uint64_t letters = 0;        // dead letters
  unsigned deaths_before_work = 0;  // in a row, of workers that had not ended a call
  unsigned given_up_by_crash = 0;   // in a row, with nothing done between
  bool taking = false;              // sources may be asked: everything has been opened once
  std::uint64_t limit = 0;          // items of each source to take at most; 0: all
  bool short_of_memory = false;     // somebody waits for it: what marks hold back goes at once

  // The run is to end before its work is done. The first reason counts.
  bool ending = false;
  Status status = Status::done;
  std::string reason;
  void end_early(Status why, std::string text);

  // How many more items this stage's readers can take; at least 0.
  std::uint64_t room_after(const StageState& stage) const;
  void expect(const StageState& stage, std::int64_t items);  // from calls under way

  // Puts an item into the queue of its stage.
  void enqueue(ItemIndex item);
  void enqueue_first(ItemIndex item);
  ItemIndex dequeue(StageState& stage);
  void requeue(StageState& stage, ItemList& items);  // before all others, in their order

  // What a worker needs to know to open the stage afresh.
  ipc::StageOrder stage_order(const StageState& stage) const;

  // A call descriptor's payload, from what an item or a mark carries; makes its extent known.
  Result<void> attach(Worker& worker, const Payload& payload, ipc::Descriptor& descriptor);
  // The bytes of a payload, at most so many of them.
  Result<std::string> read(const Payload& payload, std::uint64_t at_most) const;
  // The text that a worker sent along, well-formed, at most 64 KiB of it; frees its block.
  std::string text_of(Worker& worker, const ipc::Descriptor& descriptor);

  // Of the call in the worker's hands, about which its task said `text`.
  std::shared_ptr<Cause> failed_cause(const Worker& worker, const std::string& text) const;

  // Numbers the call, notes it and sends it.
  void call(Worker& worker, const ipc::Descriptor& descriptor, Call call);

  // Gives the first item of the stage's queue to the worker. False: the run ends for a lack.
  bool send_item(StageState& stage, Worker& worker);

  // Ends a worker that broke the protocol: nothing it says is believed any more.
  void distrust(Worker& worker, const std::string& what);
};

}  // namespace penstock
