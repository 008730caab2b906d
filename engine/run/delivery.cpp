#include "run/delivery.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace penstock {

Result<void> Delivery::check(Worker& maker, const StageState& stage, ItemIndex given_item,
                             std::vector<Output>& into) {
  const std::size_t before = into.size();
  const Payload given = given_item == kNoItem ? Payload{} : state_.ledger.at(given_item).payload;
  const auto refuse = [&](const Error& error) {
    for (std::size_t i = before; i < into.size(); ++i) release(into[i]);
    into.resize(before);
    return error;
  };
  for (const ipc::Descriptor& output : maker.outputs) {
    if (output.kind == ipc::Kind::page) {
      auto page = take_page(maker, given, output);
      if (!page) return refuse(page.error());
      into.push_back(page.value());
      continue;
    }
    auto payload = take(maker.id, given, stage, output);
    if (!payload) return refuse(payload.error());
    into.push_back(Output{payload.value(), 0, Payload{}, 0, output.extra == 0});
  }
  maker.outputs.clear();
  return {};
}

void Delivery::deliver(StageState& stage, const Origin& origin, const Output& output,
                       std::uint64_t& number) {
  if (!output.read) {
    ++number;
    return release(output);
  }
  if (output.page == 0) {
    const double size = static_cast<double>(output.payload.size());
    const bool first = stage.output_bytes == 0;
    stage.output_bytes += (size - stage.output_bytes) / (first ? 1 : 16);
    make_items(stage, origin, output.payload, number++);
    return;
  }
  Spool spool;
  spool.page = output.payload.block;
  spool.maker = output.maker;
  spool.parent = origin.parent;
  spool.given = output.given;
  spool.count = output.page;
  spool.first_number = number;
  spool.snapshot = origin.snapshot;
  number += output.page;
  if (origin.parent != kNoItem) state_.ledger.hold(origin.parent);
  stage.spools.push_back(spool);
}

void Delivery::release(const Output& output) {
  if (output.page > 0) {
    free_named(output.maker, output.payload.block, output.page);
    state_.extents.unpin(output.maker);
  }
  if (output.payload.where == ipc::Where::block) state_.extents.release(output.payload.block);
  if (output.given.where == ipc::Where::block) state_.extents.release(output.given.block);
}

Result<Payload> Delivery::take(WorkerId maker, const Payload& given, const StageState& stage,
                               const ipc::Descriptor& output) {
  if (output.kind != ipc::Kind::output || output.extra >= stage.plan->task.outputs.size()) {
    return Error(Status::gave_up, "an output that its task does not declare");
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
    return Payload::of_block(block.value(), 0, ref.size);
  }
  if (output.where != ipc::Where::input) {
    return Error(Status::gave_up, "an output without a payload");
  }

  // A part of what the call was given: the item's payload, or a piece of the standard input.
  Payload::Part whole{0, 0};
  BlockId block = kNoBlock;
  if (given.where == ipc::Where::block) {
    block = given.block;
    whole = given.part;
  } else if (const auto* piece = input_.find(ref.piece);
             piece != nullptr && input_.used_by(stage.index)) {
    block = piece->block;
    whole = {0, piece->size};
  }
  if (block == kNoBlock || ref.offset > whole.size || ref.size > whole.size - ref.offset) {
    return Error(Status::gave_up, "an output outside the input of its call");
  }
  state_.extents.hold(block);
  return Payload::of_block(block, whole.offset + ref.offset, ref.size);
}

void Delivery::make_items(StageState& stage, const Origin& origin, const Payload& payload,
                          std::uint64_t number) {
  const auto& readers = stage.plan->readers;
  Ledger& ledger = state_.ledger;
  const auto [parent, snapshot] = origin;
  const bool source_item = parent == kNoItem && snapshot == 0;
  if (source_item) {
    ledger.count_source_item();
    ++ledger.stage(stage.index).in;
    ++ledger.stage(stage.index).done;
  }
  // An item for each reader; a source item that several read is joined by one that has no stage.
  ItemIndex join = parent;
  if (parent == kNoItem && readers.size() != 1) {
    join = ledger.add(Payload{}, kNoStage, stage.index, number, kNoItem);
    ledger.at(join).snapshot = snapshot;
  }
  for (std::size_t i = 0; i < readers.size(); ++i) {
    if (i > 0 && payload.where == ipc::Where::block) state_.extents.hold(payload.block);
    const auto item =
        ledger.add(payload, static_cast<StageIndex>(readers[i]), stage.index, number, join);
    if (join == kNoItem) ledger.at(item).snapshot = snapshot;
    state_.enqueue(item);
  }
  if (readers.empty() && payload.where == ipc::Where::block) state_.extents.release(payload.block);
  if (join != parent) ledger.end(join, false);
}

Result<Output> Delivery::take_page(Worker& maker, const Payload& given,
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
  output.given = given;
  output.maker = maker.id;
  if (given.where == ipc::Where::block) state_.extents.hold(given.block);
  state_.extents.pin(maker.id);
  return output;
}

bool Delivery::expand() {
  bool moved = false;
  for (StageState& stage : state_.stages) {
    while (!stage.spools.empty()) {
      Spool& spool = stage.spools.front();
      if (!expand_some(stage, spool)) break;
      moved = true;
      if (spool.next < spool.count) break;
      const Spool used = spool;
      stage.spools.pop_front();
      state_.extents.release(used.page);
      state_.extents.unpin(used.maker);
      if (used.given.where == ipc::Where::block) state_.extents.release(used.given.block);
      if (used.parent != kNoItem) state_.ledger.unhold(used.parent);
    }
  }
  return moved;
}

bool Delivery::expand_some(StageState& stage, Spool& spool) {
  const std::uint64_t room = state_.room_after(stage);
  const auto count =
      static_cast<std::uint32_t>(std::min<std::uint64_t>({room, spool.count - spool.next, 256}));
  if (count == 0) return false;
  std::vector<ipc::Descriptor> outputs(count);
  ipc::BlockRef ref = state_.extents.ref(spool.page);
  ref.offset += spool.next * sizeof(ipc::Descriptor);
  if (auto read = state_.extents.read(ref, std::as_writable_bytes(std::span(outputs))); !read) {
    lose(stage, spool, count, read.error().what());
    spool.next += count;
    return true;
  }
  for (const ipc::Descriptor& output : outputs) {
    auto payload = take(spool.maker, spool.given, stage, output);
    if (payload) {
      std::uint64_t number = spool.first_number + spool.next;
      deliver(stage, Origin{spool.parent, spool.snapshot},
              Output{payload.value(), 0, Payload{}, 0, output.extra == 0}, number);
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
  if (spool.parent != kNoItem) {
    state_.ledger.mark_dead(spool.parent);
  } else {
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
      free_named(maker.id, page.value(), made.extra);
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

void Delivery::free_named(WorkerId maker_id, BlockId page, std::uint32_t count) {
  Worker* maker = state_.fleet->find(maker_id);
  if (maker == nullptr || !maker->alive() || count > ipc::kPageDescriptors) return;
  std::vector<ipc::Descriptor> named(count);
  ipc::BlockRef ref = state_.extents.ref(page);
  const auto bytes = std::as_writable_bytes(std::span(named));
  if (bytes.size() > ref.size || !state_.extents.read(ref, bytes)) return;
  for (const ipc::Descriptor& output : named) {
    if (output.where != ipc::Where::block) continue;
    maker->link.send_freed(output.block().extent, output.block().offset);
  }
}

}  // namespace penstock
