// Turns what a call has made into items before the next stages: checks each output descriptor,
// takes hold of its payload, and keeps what was made in bulk in the maker's memory until there is
// room. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>

#include "run/run_state.hpp"
#include "run/standard_input.hpp"

namespace penstock {

// Where outputs come from.
struct Origin {
  ItemIndex parent = kNoItem;  // that they are children of; none: new items
  std::uint32_t snapshot = 0;  // of a stateful stage: that they leave with
};

class Delivery {
 public:
  Delivery(RunState& state, StandardInput& input) : state_(state), input_(input) {}

  // Takes and checks all that an ended call of `stage` has made; `given` is the item that it was
  // given, none for a source. Appends to `into`, or appends nothing and fails if the worker lied.
  Result<void> check(Worker& maker, const StageState& stage, ItemIndex given,
                     std::vector<Output>& into);

  // Makes items of it. `number` counts the outputs on.
  void deliver(StageState& stage, const Origin& origin, const Output& output,
               std::uint64_t& number);
  void release(const Output& output);

  // A source item that the engine itself makes.
  void emit(StageState& stage, const Payload& payload, std::uint64_t number) {
    make_items(stage, Origin{}, payload, number);
  }

  // Turns spooled outputs into items as far as there is room. True: something moved.
  bool expand();

  // What a call has made and nobody has taken.
  void discard(Worker& maker);

 private:
  Result<Payload> take(WorkerId maker, const Payload& given, const StageState& stage,
                       const ipc::Descriptor& output);
  Result<Output> take_page(Worker& maker, const Payload& given, const ipc::Descriptor& page);
  void make_items(StageState& stage, const Origin& origin, const Payload& payload,
                  std::uint64_t number);
  bool expand_some(StageState& stage, Spool& spool);
  void lose(StageState& stage, const Spool& spool, std::uint32_t count, const std::string& why);
  void free_named(WorkerId maker, BlockId page, std::uint32_t count);

  RunState& state_;
  StandardInput& input_;
};

}  // namespace penstock
