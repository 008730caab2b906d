// Turns what a call has made into items before the next stages: checks each output descriptor,
// takes hold of its payload, and keeps what was made in bulk in the maker's memory until there is
// room. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "run/run_state.hpp"
#include "run/standard_input.hpp"

namespace penstock {

// Where outputs come from: the items that the call was given, of which they are children. None:
// they are items of their own, of a source or, with the number of the snapshot that they leave
// with, of a stateful stage.
struct Lineage {
  // What several items have made is counted for each of them, so that ids do not depend on which
  // items happened to be given together.
  using Numbers = std::shared_ptr<std::vector<std::uint64_t>>;
  static Lineage of_call(std::span<const ItemIndex> members) {
    Lineage lineage{members};
    if (members.size() > 1) {
      lineage.numbers = std::make_shared<std::vector<std::uint64_t>>(members.size() + 1);
    }
    return lineage;
  }

  std::span<const ItemIndex> members = {};
  std::uint32_t snapshot = 0;
  Numbers numbers = {};          // by Output::member
  ItemIndex together = kNoItem;  // stands for all members, where something was made from all
};

class Delivery {
 public:
  Delivery(RunState& state, StandardInput& input) : state_(state), input_(input) {}

  // Takes and checks all that an ended call of `stage` has made; `members`: the items that it was
  // given, none for a source. Appends to `into`, or appends nothing and fails if the worker lied.
  Result<void> check(Worker& maker, const StageState& stage, std::span<const ItemIndex> members,
                     std::vector<Output>& into);

  // Makes items of it. `number` counts the outputs on.
  void deliver(StageState& stage, Lineage& origin, const Output& output, std::uint64_t& number);
  void release(const Output& output);
  void cut(Output& page, std::uint32_t count);  // down to so many outputs

  // The bytes of each output, those in pages too, and from which of the task's outputs it comes;
  // they stay what they are. Of its own memory a maker names each byte once, of what its calls were
  // given at most `given_at_most` bytes in all: more is a lie, of which nothing is copied.
  using Use = std::function<void(std::uint16_t port, std::string_view bytes)>;
  Result<void> copy(WorkerId maker, std::span<const Output> made, std::uint64_t given_at_most,
                    const Use& use) const;

  // An item that a stateful stage made before the run was interrupted.
  void emit_again(StageState& stage, std::uint32_t snapshot, std::uint16_t port,
                  const Payload& payload, std::uint64_t number);

  // A source item that the engine itself makes.
  void emit(StageState& stage, std::uint16_t output, const Payload& payload, std::uint64_t number);
  // The record of an item that was given up at its stage, for those who read `failed` there.
  void report_failed(ItemIndex item, const Payload& record);

  // Makes items of what was kept, as far as there is room. True: something moved.
  bool expand();

  // What a call has made and nobody has taken.
  void discard(Worker& maker);

 private:
  Result<Payload> take(WorkerId maker, std::span<const Payload> given, const StageState& stage,
                       const ipc::Descriptor& output);
  Result<Output> take_page(Worker& maker, std::span<const Payload> given,
                           const ipc::Descriptor& page);
  void make_items(StageState& stage, Lineage& origin, const Output& output, std::uint64_t number);
  void make_source_items(StageState& stage, std::uint32_t snapshot, const Payload& payload,
                         std::span<const Router::Target> targets, std::uint64_t number);
  void keep(StageState& stage, const Lineage& origin, const Output& page, std::uint64_t first);
  bool expand_stage(StageState& stage);
  void expand_first_in_order(bool& moved);
  bool expand_some(StageState& stage, Spool& spool, std::uint64_t room);
  void let_go(StageState& stage, std::size_t spool);
  void lose(StageState& stage, const Spool& spool, std::uint32_t count, const std::string& why);
  void free_named(WorkerId maker, BlockId page, std::uint32_t from, std::uint32_t to);

  struct CopyRoom;
  Result<void> copy_page(const Output& page, CopyRoom& room, const Use& use) const;
  Result<void> copy_payload(const Payload& payload, bool own, CopyRoom& room, std::uint16_t port,
                            const Use& use) const;

  RunState& state_;
  StandardInput& input_;
  std::vector<Payload> given_;  // of the call in hand
};

}  // namespace penstock
