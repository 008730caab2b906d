// Outputs of calls that made many: pages of descriptors in the maker's memory, which become items
// as there is room.

#include <algorithm>
#include <string>

#include "run/delivery.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kAtATime = 256;  // of a page, before others have their turn

}  // namespace

void Delivery::keep(StageState& stage, const Lineage& origin, const Output& page,
                    std::uint64_t first) {
  Spool spool;
  spool.page = page.payload.block;
  spool.maker = page.maker;
  spool.members.assign(origin.members.begin(), origin.members.end());
  spool.numbers = origin.numbers;
  spool.given = page.given;
  spool.count = page.page;
  spool.first_number = first;
  spool.snapshot = origin.snapshot;
  for (const ItemIndex member : spool.members) {
    state_.ledger.hold(member);
    state_.ledger.hold_place(member);
  }
  stage.spools.push_back(std::move(spool));
}

bool Delivery::expand() {
  bool moved = false;
  for (StageState& stage : state_.stages) moved |= expand_stage(stage);
  if (!state_.sequence.empty()) expand_first_in_order(moved);
  return moved;
}

bool Delivery::expand_stage(StageState& stage) {
  bool moved = false;
  while (!stage.spools.empty()) {
    Spool& spool = stage.spools.front();
    if (!expand_some(stage, spool, state_.room_after(stage))) break;
    moved = true;
    if (spool.next < spool.count) break;
    let_go(stage, 0);
  }
  return moved;
}

// What others wait for does not wait behind them. One at a time: it then is what they wait for.
void Delivery::expand_first_in_order(bool& moved) {
  std::vector<ItemIndex> heads;
  state_.sequence.for_each_head([&](ItemIndex head) {
    if (state_.ledger.at(head).spools > 0) heads.push_back(head);
  });
  for (const ItemIndex head : heads) {
    if (state_.ledger.at(head).spools == 0) continue;  // it has ended with the one before
    StageState& stage = state_.stages[state_.ledger.at(head).stage];
    const auto holds = [head](const Spool& spool) {
      return std::find(spool.members.begin(), spool.members.end(), head) != spool.members.end();
    };
    const auto spool = std::find_if(stage.spools.begin(), stage.spools.end(), holds);
    if (spool == stage.spools.end()) continue;
    if (state_.room_after(stage, true) == 0) continue;
    expand_some(stage, *spool, 1);
    moved = true;
    if (spool->next == spool->count) {
      let_go(stage, static_cast<std::size_t>(spool - stage.spools.begin()));
    }
  }
}

// It is used up.
void Delivery::let_go(StageState& stage, std::size_t index) {
  const Spool used = std::move(stage.spools[index]);
  stage.spools.erase(stage.spools.begin() + static_cast<std::ptrdiff_t>(index));
  state_.extents.release(used.page);
  state_.extents.unpin(used.maker);
  for (const Payload& given : used.given) {
    if (given.is_block()) state_.extents.release(given.block);
  }
  for (const ItemIndex member : used.members) {
    state_.ledger.unhold_place(member);
    state_.ledger.unhold(member);
  }
  for (const Spool::Follower& follower : used.followers) {
    Lineage origin{{}, follower.snapshot};
    make_items(stage, origin, follower.output, follower.number);
  }
}

bool Delivery::expand_some(StageState& stage, Spool& spool, std::uint64_t room) {
  const auto count = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({room, spool.count - spool.next, kAtATime}));
  if (count == 0) return false;
  std::vector<ipc::Descriptor> outputs(count);
  ipc::BlockRef ref = state_.extents.ref(spool.page);
  ref.offset += spool.next * sizeof(ipc::Descriptor);
  if (auto read = state_.extents.read(ref, std::as_writable_bytes(std::span(outputs))); !read) {
    lose(stage, spool, count, read.error().what());
    spool.next += count;
    return true;
  }
  Lineage origin{spool.members, spool.snapshot, spool.numbers};
  for (const ipc::Descriptor& output : outputs) {
    auto payload = take(spool.maker, spool.given, stage, output);
    if (payload) {
      make_items(stage, origin, Output{payload.value(), output.extra, output.stage},
                 spool.first_number + spool.next);
    } else {
      lose(stage, spool, 1, payload.error().what());
    }
    ++spool.next;
  }
  return true;
}

// The descriptor was damaged after its call had ended: that output is lost, and said to be.
void Delivery::lose(StageState& stage, const Spool& spool, std::uint32_t count,
                    const std::string& why) {
  state_.say(Level::error, "stage `" + stage.plan->name + "`: " + std::to_string(count) +
                               " outputs, from number " +
                               std::to_string(spool.first_number + spool.next) +
                               " on, were damaged after their call had ended and are lost: " + why);
  for (const ItemIndex member : spool.members) state_.ledger.mark_dead(member);
  for (std::uint32_t i = 0; spool.members.empty() && i < count; ++i) {
    if (spool.snapshot == 0) {
      state_.ledger.count_source_item();
      ++state_.ledger.stage(stage.index).in;
      ++state_.ledger.stage(stage.index).done;
    }
    const std::uint64_t number = spool.first_number + spool.next + i;
    const ItemIndex lost = state_.ledger.add(Payload{}, kNoStage, stage.index, number, kNoItem);
    state_.ledger.at(lost).snapshot = spool.snapshot;
    state_.ledger.end(lost, Fate::dead);
  }
}

}  // namespace penstock
