// What the rooms of run/ share: one run's plan, memory, workers, items and stages, and the one
// place where it is said that the run has to end and why. Belongs to the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ipc/order.hpp"
#include "penstock/observer.hpp"
#include "plan/plan.hpp"
#include "pool/engine_memory.hpp"
#include "pool/extent_table.hpp"
#include "pool/fleet.hpp"
#include "run/cause.hpp"
#include "run/ledger.hpp"
#include "run/router.hpp"
#include "run/run_setup.hpp"
#include "run/sequence.hpp"
#include "run/stage_state.hpp"
#include "state/dead_letter.hpp"

namespace penstock {

// 128 random bits, in hex.
std::string new_run_id();

// A call that has been in hand for so long, ns, is slower than those behind it were given for: they
// go elsewhere, and none is given any more until it has ended.
inline constexpr std::uint64_t kSlowCallNs = 100'000'000;

// How many calls a worker may have in its ring.
std::size_t calls_ahead(const Worker& worker, std::uint64_t now);

struct RunState {
  RunState(boost::asio::io_context& io, const Plan& the_plan, RunSetup the_setup = {});

  boost::asio::io_context& loop;
  const Plan& plan;
  const RunSetup setup;
  std::string id;               // of the run: of no other one, ever, but kept where it goes on
  const std::string execution;  // of this execution of it
  ExtentTable extents;
  EngineMemory memory;
  Ledger ledger;
  Router router;
  Sequence sequence;
  CauseBook causes;
  std::unique_ptr<Fleet> fleet;
  std::deque<StageState> stages;
  std::vector<StageIndex> sinks_first;  // all stages, those nearest to the sinks first

  std::map<ItemIndex, CallTerms> terms;  // of calls that have some of their own

  // Takes up stages that were added to the plan since.
  void extend();

  std::function<void(Level level, std::string text)> say;  // to whoever watches

  std::uint64_t now = 0;       // ns; read once a turn of the loop
  std::uint64_t began_at = 0;  // ns
  std::uint64_t restarts = 0;
  std::uint64_t letters = 0;        // dead letters
  unsigned deaths_before_work = 0;  // in a row, of workers that had not ended a call
  unsigned given_up_by_crash = 0;   // in a row, with nothing done between
  bool taking = false;              // sources may be asked: everything has been opened once
  bool held_up = false;             // by a callback that is slower than the work
  bool short_of_memory = false;     // somebody waits for it: what marks hold back goes at once

  // The run is to end before its work is done. The first reason counts.
  bool ending = false;
  Status status = Status::done;
  std::string reason;
  void end_early(Status why, std::string text);
  // The work of the stage goes on: all of it until the run ends early, callbacks to the very end.
  bool serves(const StageState& stage) const { return !ending || stage.is_callback(); }

  // The callback for which this worker is there; null: it is there for the work.
  StageState* callback_of(const Worker& worker);

  // Of a run that goes on after an interruption: whether this source item had ended before it, and
  // whether this item had come to its end at its stage, and how. None: it is not such a run, or
  // there is nothing of that kind any more.
  std::function<bool(StageIndex source, std::uint64_t number)> has_ended;
  std::function<std::optional<Fate>(ItemIndex item)> fate_before;

  // How many more items this stage's readers can take; at least 0. What is made from the first item
  // of an order goes past all that may be waiting for it: those behind it, before the gate.
  std::uint64_t room_after(const StageState& stage, bool first_in_order = false) const;
  void expect(const StageState& stage, std::int64_t items);  // from calls under way

  // Puts an item into the queue of its stage, or lets it wait at its gate.
  void enqueue(ItemIndex item);
  void enqueue_first(ItemIndex item);
  void pull_to_front(StageState& stage, ItemIndex item);
  ItemIndex dequeue(StageState& stage);
  void requeue(StageState& stage, ItemList& items);  // before all others, in their order

  // What a worker of the stage's pool is started with.
  WorkerOptions worker_options(std::size_t pool) const;
  ipc::SandboxOrder sandbox_order(std::size_t pool) const;
  // What a worker needs to know to open the stage afresh.
  ipc::StageOrder stage_order(const StageState& stage) const;

  // A call descriptor's payload, from what an item or a mark carries; makes its extent known.
  Result<void> attach(Worker& worker, const Payload& payload, ipc::Descriptor& descriptor);
  // Bytes of the engine's own as a payload, held once.
  Result<Payload> keep(std::span<const std::byte> bytes);
  // The bytes of a payload, at most so many of them.
  Result<std::string> read(const Payload& payload, std::uint64_t at_most) const;
  Result<void> read(const Payload& payload, std::span<std::byte> into) const;
  // The text that a worker sent along, well-formed, at most 64 KiB of it; frees its block.
  std::string text_of(Worker& worker, const ipc::Descriptor& descriptor);

  // How long a call may run (0: as long as it takes), and how often an item is tried.
  std::uint64_t timeout_of(const Call& call) const;
  unsigned attempts_of(ItemIndex index, const Item& item) const;

  // Brings along the objects of a call that is about to be sent, unless the worker has them; and
  // takes them away when no call of it needs them any more.
  Result<void> bring_objects(Worker& worker, ItemIndex item);
  void drop_objects(Worker& worker, const Call& call);
  Result<void> send_object(Worker& worker, const CarriedObject& object);
  void forget_terms(ItemIndex item);

  // Of the call in the worker's hands, about which its task said `text`.
  std::shared_ptr<Cause> failed_cause(const Worker& worker, const std::string& text) const;

  // Numbers the call, notes it and sends it.
  void call(Worker& worker, const ipc::Descriptor& descriptor, Call call);
  // The call is over: its stage has so much less under way.
  void call_over(StageState& stage, const Call& call);

  // The type of what an item carries when it reaches its stage, and its bytes without a key.
  const std::string& type_of(const Item& item) const;
  std::span<const std::byte> value_of(const Item& item, std::span<const std::byte> payload) const;

  // What the events of this stage are of: the stage itself, or one of its instances.
  const std::string& name_of(StageIndex stage) const { return plan.stages[stage].name; }

  // Ends a worker that broke the protocol: nothing it says is believed any more.
  void distrust(Worker& worker, const std::string& what);

 private:
  void add_states();
  void admit(ItemIndex item);
  void let_through();
};

}  // namespace penstock
