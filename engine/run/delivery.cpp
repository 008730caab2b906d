#include "run/delivery.hpp"

#include <algorithm>
#include <string>

namespace penstock {

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
  if (output.payload.is_block()) state_.extents.release(output.payload.block);
  for (const Payload& given : output.given) {
    if (given.is_block()) state_.extents.release(given.block);
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
  if (ref.piece < given.size() && given[ref.piece].is_block()) {
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

void Delivery::emit_again(StageState& stage, std::uint32_t snapshot, std::uint16_t port,
                          const Payload& payload, std::uint64_t number) {
  const auto targets = state_.router.targets(stage.index, port, payload);
  make_source_items(stage, snapshot, payload, targets, number);
}

void Delivery::emit(StageState& stage, std::uint16_t output, const Payload& payload,
                    std::uint64_t number) {
  make_source_items(stage, 0, payload, state_.router.targets(stage.index, output, payload), number);
}

void Delivery::make_items(StageState& stage, Lineage& origin, const Output& output,
                          std::uint64_t number) {
  const Payload& payload = output.payload;
  const auto targets = state_.router.targets(stage.index, output.port, payload);
  if (origin.members.empty()) {
    return make_source_items(stage, origin.snapshot, payload, targets, number);
  }
  if (targets.empty()) {
    if (payload.is_block()) state_.extents.release(payload.block);
    return;
  }
  if (origin.numbers) number = (*origin.numbers)[output.member]++;
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
  // What had ended before an interruption ends at once, which must not end what joins several.
  const bool joined = parent == origin.together;
  if (joined) state_.ledger.hold(parent);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (i > 0 && payload.is_block()) state_.extents.hold(payload.block);
    const auto item = state_.ledger.add(payload, targets[i].stage, stage.index, number, parent);
    state_.ledger.at(item).edge = targets[i].edge;
    if (!state_.sequence.empty()) state_.sequence.insert(item, place);
    state_.enqueue(item);
  }
  if (!joined) return;
  if (state_.ledger.at(parent).children == 1) origin.together = kNoItem;
  state_.ledger.unhold(parent);
}

// An item for each reader; where not just one reads it, one without a stage joins them.
void Delivery::make_source_items(StageState& stage, std::uint32_t snapshot, const Payload& payload,
                                 std::span<const Router::Target> targets, std::uint64_t number) {
  Ledger& ledger = state_.ledger;
  // Before an interruption it had come to its end.
  if (snapshot == 0 && number < stage.ended_before && state_.has_ended(stage.index, number)) {
    if (payload.is_block()) state_.extents.release(payload.block);
    return;
  }
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
    if (i > 0 && payload.is_block()) state_.extents.hold(payload.block);
    const auto item = ledger.add(payload, targets[i].stage, stage.index, number, join);
    ledger.at(item).edge = targets[i].edge;
    if (join == kNoItem) root(item);
    if (!state_.sequence.empty()) state_.sequence.append(item);
    state_.enqueue(item);
  }
  if (targets.empty() && payload.is_block()) state_.extents.release(payload.block);
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
    if (payload.is_block()) state_.extents.hold(payload.block);
  }
  state_.extents.pin(maker.id);
  return output;
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
      maker.free_block(made.block().extent, made.block().offset);
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
    maker->free_block(output.block().extent, output.block().offset);
  }
}

}  // namespace penstock
