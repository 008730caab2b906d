#include "run/delivery.hpp"

#include <algorithm>
#include <string>

namespace penstock {
namespace {

constexpr std::uint64_t kAtATime = 256;  // of a page, before others have their turn

bool holds_block(const Payload& payload) {
  return payload.where == ipc::Where::block;
}

}  // namespace

Result<void> Delivery::check(Worker& maker, const StageState& stage,
                             std::span<const ItemIndex> members, std::vector<Output>& into) {
  const std::size_t before = into.size();
  given_.clear();
  for (const ItemIndex member : members) given_.push_back(state_.ledger.at(member).payload);
  const auto refuse = [&](const Error& error) {
    for (std::size_t i = before; i < into.size(); ++i) release(into[i]);
    into.resize(before);
    return error;
  };
  for (const ipc::Descriptor& output : maker.outputs) {
    if (output.kind == ipc::Kind::page) {
      auto page = take_page(maker, given_, output);
      if (!page) return refuse(page.error());
      into.push_back(std::move(page.value()));
      continue;
    }
    auto payload = take(maker.id, given_, stage, output);
    if (!payload) return refuse(payload.error());
    into.push_back(Output{payload.value(), output.extra, output.stage});
  }
  maker.outputs.clear();
  return {};
}

void Delivery::deliver(StageState& stage, Lineage& origin, const Output& output,
                       std::uint64_t& number) {
  if (output.page > 0) {
    keep(stage, origin, output, number);
    number += output.page;
    return;
  }
  const double size = static_cast<double>(output.payload.size());
  const bool first = stage.output_bytes == 0;
  stage.output_bytes += (size - stage.output_bytes) / (first ? 1 : 16);
  if (origin.members.empty() && !stage.spools.empty()) {
    stage.spools.back().followers.push_back({output, number++, origin.snapshot});
  } else {
    make_items(stage, origin, output, number++);
  }
}

// Of a page, its first outputs alone are wanted.
void Delivery::cut(Output& output, std::uint32_t count) {
  free_named(output.maker, output.payload.block, count, output.page);
  output.page = count;
}

void Delivery::release(const Output& output) {
  if (output.page > 0) {
    free_named(output.maker, output.payload.block, 0, output.page);
    state_.extents.unpin(output.maker);
  }
  if (holds_block(output.payload)) state_.extents.release(output.payload.block);
  for (const Payload& given : output.given) {
    if (holds_block(given)) state_.extents.release(given.block);
  }
}

Result<Payload> Delivery::take(WorkerId maker, std::span<const Payload> given,
                               const StageState& stage, const ipc::Descriptor& output) {
  if (output.kind != ipc::Kind::output || output.extra >= stage.plan->task.outputs.size()) {
    return Error(Status::gave_up, "an output that its task does not declare");
  }
  if (output.stage > given.size()) {
    return Error(Status::gave_up, "an output made from an item that its call does not have");
  }
  if (output.where == ipc::Where::here) {
    if (output.inline_size > ipc::kInlineBytes) {
      return Error(Status::gave_up, "an output longer than its descriptor");
    }
    return Payload::of_bytes(output.inline_bytes());
  }
  const ipc::BlockRef ref = output.block();
  if (output.where == ipc::Where::block) {
    auto block = state_.extents.add(maker, ref);
    if (!block) return block.error();
    return Payload::of_block(block.value(), 0, ref.size, ref.sum);
  }
  if (output.where != ipc::Where::input) {
    return Error(Status::gave_up, "an output without a payload");
  }

  // A part of what the call was given: an item's payload, or a piece of the standard input.
  Payload::Part whole{0, 0, 0};
  BlockId block = kNoBlock;
  if (ref.piece < given.size() && holds_block(given[ref.piece])) {
    block = given[ref.piece].block;
    whole = given[ref.piece].part;
  } else if (const auto* piece = input_.find(ref.piece);
             given.empty() && piece != nullptr && input_.used_by(stage.index)) {
    block = piece->block;
    whole = {0, piece->size, 0};
  }
  if (block == kNoBlock || ref.offset > whole.size || ref.size > whole.size - ref.offset) {
    return Error(Status::gave_up, "an output outside the input of its call");
  }
  state_.extents.hold(block);
  return Payload::of_block(block, whole.offset + ref.offset, ref.size, ref.sum);
}

void Delivery::emit(StageState& stage, const Payload& payload, std::uint64_t number) {
  make_source_items(stage, 0, payload, state_.router.targets(stage.index, 0, payload), number);
}

void Delivery::make_items(StageState& stage, Lineage& origin, const Output& output,
                          std::uint64_t number) {
  const Payload& payload = output.payload;
  const auto targets = state_.router.targets(stage.index, output.port, payload);
  if (origin.members.empty()) {
    return make_source_items(stage, origin.snapshot, payload, targets, number);
  }
  if (targets.empty()) {
    if (holds_block(payload)) state_.extents.release(payload.block);
    return;
  }
  ItemIndex parent = origin.members.front();
  ItemIndex place = parent;
  if (output.member > 0) {
    parent = place = origin.members[output.member - 1];
  } else if (origin.members.size() > 1) {
    if (origin.together == kNoItem) {
      origin.together = state_.ledger.add_together(origin.members, stage.index);
    }
    parent = origin.together;
    place = origin.members.back();
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (i > 0 && holds_block(payload)) state_.extents.hold(payload.block);
    const auto item = state_.ledger.add(payload, targets[i].stage, stage.index, number, parent);
    state_.ledger.at(item).edge = targets[i].edge;
    if (!state_.sequence.empty()) state_.sequence.insert(item, place);
    state_.enqueue(item);
  }
}

// An item for each reader; where not just one reads it, one without a stage joins them.
void Delivery::make_source_items(StageState& stage, std::uint32_t snapshot, const Payload& payload,
                                 std::span<const Router::Target> targets, std::uint64_t number) {
  Ledger& ledger = state_.ledger;
  const auto age = static_cast<std::uint32_t>((state_.now - state_.began_at) / 1'000'000);
  if (snapshot == 0) {
    ledger.count_source_item();
    ++ledger.stage(stage.index).in;
    ++ledger.stage(stage.index).done;
  }
  const auto root = [&](ItemIndex item) {
    ledger.at(item).snapshot = snapshot;
    ledger.at(item).born_ms = age;
    return item;
  };
  ItemIndex join = kNoItem;
  if (targets.size() != 1) {
    join = root(ledger.add(Payload{}, kNoStage, stage.index, number, kNoItem));
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (i > 0 && holds_block(payload)) state_.extents.hold(payload.block);
    const auto item = ledger.add(payload, targets[i].stage, stage.index, number, join);
    ledger.at(item).edge = targets[i].edge;
    if (join == kNoItem) root(item);
    if (!state_.sequence.empty()) state_.sequence.append(item);
    state_.enqueue(item);
  }
  if (targets.empty() && holds_block(payload)) state_.extents.release(payload.block);
  if (join != kNoItem) ledger.end(join, Fate::done);
}

void Delivery::report_failed(ItemIndex item, const Payload& record) {
  const StageIndex stage = state_.ledger.at(item).stage;
  Lineage origin{std::span(&item, 1)};
  make_items(state_.stages[stage], origin, Output{record, kFailedOutput}, kFailedRecord);
}

Result<Output> Delivery::take_page(Worker& maker, std::span<const Payload> given,
                                   const ipc::Descriptor& page) {
  const ipc::BlockRef ref = page.block();
  if (page.where != ipc::Where::block || page.extra == 0 || page.extra > ipc::kPageDescriptors ||
      ref.size != page.extra * sizeof(ipc::Descriptor)) {
    return Error(Status::gave_up, "a page of outputs without form");
  }
  auto block = state_.extents.add(maker.id, ref);
  if (!block) return block.error();
  Output output;
  output.payload = Payload::of_block(block.value(), 0, ref.size);
  output.page = page.extra;
  output.maker = maker.id;
  output.given.assign(given.begin(), given.end());
  for (const Payload& payload : given) {
    if (holds_block(payload)) state_.extents.hold(payload.block);
  }
  state_.extents.pin(maker.id);
  return output;
}

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
    if (holds_block(given)) state_.extents.release(given.block);
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
  if (spool.members.empty()) {
    state_.ledger.run().in += count;
    state_.ledger.run().dead += count;
  }
}

// The blocks were never taken hold of; the worker checks what it is told to free.
void Delivery::discard(Worker& maker) {
  const auto drop = [&](const ipc::Descriptor& made) {
    if (made.where != ipc::Where::block || !maker.alive()) return;
    if (made.kind == ipc::Kind::page) {
      auto page = state_.extents.add(maker.id, made.block());
      if (!page) return;
      free_named(maker.id, page.value(), 0, made.extra);
      state_.extents.release(page.value());
    } else {
      maker.link.send_freed(made.block().extent, made.block().offset);
    }
  };
  for (const ipc::Descriptor& output : maker.outputs) drop(output);
  if (maker.answer) drop(*maker.answer);
  maker.outputs.clear();
  maker.answer.reset();
}

void Delivery::free_named(WorkerId maker_id, BlockId page, std::uint32_t from, std::uint32_t to) {
  Worker* maker = state_.fleet->find(maker_id);
  if (maker == nullptr || !maker->alive() || to > ipc::kPageDescriptors) return;
  std::vector<ipc::Descriptor> named(to - from);
  ipc::BlockRef ref = state_.extents.ref(page);
  const auto bytes = std::as_writable_bytes(std::span(named));
  if (to * sizeof(ipc::Descriptor) > ref.size) return;
  ref.offset += from * sizeof(ipc::Descriptor);
  if (!state_.extents.read(ref, bytes)) return;
  for (const ipc::Descriptor& output : named) {
    if (output.where != ipc::Where::block) continue;
    maker->link.send_freed(output.block().extent, output.block().offset);
  }
}

}  // namespace penstock
