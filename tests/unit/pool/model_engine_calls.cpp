// What the engine of the model makes of calls and their outputs.
#include <algorithm>
#include <utility>

#include "ipc/extent.hpp"
#include "model_engine.hpp"

namespace penstock::model {
namespace {

constexpr unsigned kMadeAtMost[] = {5, 4, 1};  // by the stage that makes it, and one

}  // namespace

// Stages nearer to the last one go first.
bool ModelEngine::dispatch() {
  bool moved = false;
  for (std::size_t stage = kStages; stage-- > 0;) {
    if (stage == kStages - 1 && engine_reads_last_) continue;
    for (Seat& seat : seats_) {
      while (may_call(seat, stage)) {
        const ItemId item = queues_[stage].front();
        queues_[stage].pop_front();
        call(seat, item);
        moved = true;
      }
    }
  }
  return moved;
}

bool ModelEngine::may_call(const Seat& seat, std::size_t stage) const {
  const auto index = static_cast<std::size_t>(&seat - seats_.data());
  const bool serves = all_serve_all_ || index == std::min(stage, seats_.size() - 1);
  const bool room = stage == kStages - 1 || queues_[stage + 1].size() < bound_;
  return serves && room && !queues_[stage].empty() && pages_[stage].empty() && seat.wanted == 0 &&
         seat.calls.size() < window_;
}

void ModelEngine::call(Seat& seat, ItemId id) {
  const Item& item = items_.at(id);
  ModelWorker& life = *seat.life;
  ipc::Descriptor descriptor;
  descriptor.kind = ipc::Kind::run;
  descriptor.call = seat.next_call++;
  life.outputs_wanted[descriptor.call] =
      static_cast<unsigned>(schedule_.pick(kMadeAtMost[item.stage]));
  seat.calls.push_back({descriptor.call, id});
  if (item.payload.block != kNoBlock) {
    ipc::BlockRef ref = table_.ref(item.payload.block);
    ref.offset = item.payload.view.ref.offset;
    ref.size = item.payload.view.ref.size;
    descriptor.set_block(ref);
    life.given[descriptor.call] = item.payload.view;
    const bool known = mistake_ == Mistake::extent_sent_to_seat_once &&
                       std::find(seat.sent.begin(), seat.sent.end(), ref.extent) != seat.sent.end();
    if (!known && table_.introduce(life.id, ref.extent)) {
      seat.sent.push_back(ref.extent);
      auto mapping = ipc::map_readable(table_.fd(ref.extent), table_.size(ref.extent));
      send_letter(seat, {ModelLetter::Kind::extent, ref.extent, std::move(mapping.value())});
    }
    if (mistake_ == Mistake::released_at_begin) table_.release(item.payload.block);
  }
  send(seat, descriptor);
}

// The engine takes for its own program what has reached the end.
bool ModelEngine::read_last() {
  auto& queue = queues_[kStages - 1];
  if (!engine_reads_last_ || queue.empty()) return false;
  if (schedule_.chance(2)) return true;  // its program takes its time
  const ItemId id = queue.front();
  queue.pop_front();
  const View& view = items_.at(id).payload.view;
  const std::uint64_t quarter = facts_.quarter(view.block);
  std::vector<std::byte> bytes(quarter);
  ipc::BlockRef part = view.ref;
  part.offset += view.ref.size - quarter;
  part.size = quarter;
  require(table_.read(part, bytes).has_value(), "the engine cannot read a payload");
  facts_.check(bytes.data(), {view.block, part});
  end_item(id);
  return true;
}

void ModelEngine::complete(Seat& seat, const ipc::Descriptor& done) {
  const Call call = seat.calls.front();
  MadeOfCall made;
  if (const auto found = seat.life->made.find(call.number); found != seat.life->made.end()) {
    made = std::move(found->second);
    seat.life->made.erase(found);
  }
  if (static_cast<ipc::Ending>(done.code) == ipc::Ending::ok) {
    deliver(seat, items_.at(call.item), std::move(made));
    end_item(call.item, mistake_ != Mistake::released_at_begin);
  } else {
    end_item(call.item, mistake_ != Mistake::released_at_begin);
    discard(seat, made);
  }
  seat.outputs.clear();
  seat.calls.pop_front();
}

void ModelEngine::deliver(const Seat& seat, const Item& parent, MadeOfCall made) {
  std::size_t outputs = 0;
  std::size_t pages = 0;
  for (const ipc::Descriptor& output : seat.outputs) {
    if (output.kind == ipc::Kind::page) {
      require(outputs + output.extra <= made.outputs.size(), "a page of outputs too many");
      const auto first = made.outputs.begin() + static_cast<std::ptrdiff_t>(outputs);
      keep_page(seat, parent, output, made.pages.at(pages++), {first, first + output.extra});
      outputs += output.extra;
    } else {
      require(outputs < made.outputs.size(), "an output too many");
      add_item(parent.stage + 1,
               take(seat.life->id, parent.payload, output, made.outputs[outputs]));
      ++outputs;
    }
  }
  require(outputs == made.outputs.size(), "some outputs of a call are missing");
}

void ModelEngine::keep_page(const Seat& seat, const Item& parent, const ipc::Descriptor& page,
                            std::size_t fact, std::vector<Made> outputs) {
  const WorkerId maker = seat.life->id;
  const auto block = table_.add(maker, page.block());
  require(block.has_value(), "a worker that is honest is said to lie");
  facts_.unclaim(fact);
  Page kept{block.value(), fact, maker, std::move(outputs), parent.payload};
  if (kept.given.block != kNoBlock && mistake_ != Mistake::page_views_unheld) {
    table_.hold(kept.given.block);
  }
  if (mistake_ != Mistake::page_unpinned) table_.pin(maker);
  ++pins_[maker];
  pages_[parent.stage].push_back(std::move(kept));
}

ModelEngine::Payload ModelEngine::take(WorkerId maker, const Payload& given,
                                       const ipc::Descriptor& output, const Made& made) {
  const ipc::BlockRef ref = output.block();
  const std::uint64_t begin =
      output.where == ipc::Where::input ? given.view.ref.offset + ref.offset : ref.offset;
  require(
      output.where == made.where && begin == made.view.ref.offset && ref.size == made.view.ref.size,
      "an output is not what its call has made");
  if (output.where == ipc::Where::block) {
    const auto block = table_.add(maker, ref);
    require(block.has_value(), "a worker that is honest is said to lie");
    facts_.unclaim(made.view.block);
    return {block.value(), made.view};
  }
  if (mistake_ != Mistake::view_not_counted) table_.hold(given.block);
  return {given.block, made.view};
}

// The blocks were never taken hold of.
void ModelEngine::discard(Seat& seat, const MadeOfCall& made) {
  for (const Made& output : made.outputs) {
    if (output.where == ipc::Where::block) facts_.unclaim(output.view.block);
  }
  for (const std::size_t page : made.pages) facts_.unclaim(page);
  if (seat.gone || mistake_ == Mistake::failed_call_kept) return;
  const auto free = [&](const ipc::Descriptor& output) {
    if (output.where != ipc::Where::block) return;
    send_freed(seat, output.block().extent, output.block().offset);
    if (mistake_ != Mistake::freed_unnoted) seat.freed = true;
  };
  for (const ipc::Descriptor& output : seat.outputs) {
    if (output.kind != ipc::Kind::page) {
      free(output);
      continue;
    }
    const BlockId page = table_.add(seat.life->id, output.block()).value();
    for (const ipc::Descriptor& named : read_page(page, 0, output.extra)) free(named);
    table_.release(page);
  }
}

// Makes items of what stands in pages, as far as there is room.
bool ModelEngine::expand() {
  bool moved = false;
  for (std::size_t stage = 0; stage + 1 < kStages; ++stage) {
    while (!pages_[stage].empty() && queues_[stage + 1].size() < bound_) {
      Page& page = pages_[stage].front();
      moved = true;
      const auto output = read_page(page.block, page.next, page.next + 1).front();
      add_item(stage + 1, take(page.maker, page.given, output, page.outputs[page.next]));
      if (++page.next == page.outputs.size()) let_go(stage);
    }
  }
  return moved;
}

// The page is used up.
void ModelEngine::let_go(std::size_t stage) {
  const Page used = std::move(pages_[stage].front());
  pages_[stage].pop_front();
  table_.release(used.block);
  if (--pins_.at(used.maker) == 0) pins_.erase(used.maker);
  if (mistake_ != Mistake::page_unpinned) table_.unpin(used.maker);
  if (used.given.block != kNoBlock && mistake_ != Mistake::page_views_unheld) {
    table_.release(used.given.block);
  }
}

std::vector<ipc::Descriptor> ModelEngine::read_page(BlockId block, std::uint32_t from,
                                                    std::uint32_t to) const {
  std::vector<ipc::Descriptor> named(to - from);
  ipc::BlockRef ref = table_.ref(block);
  ref.offset += from * sizeof(ipc::Descriptor);
  require(table_.read(ref, std::as_writable_bytes(std::span(named))).has_value(),
          "a page cannot be read");
  return named;
}

void ModelEngine::add_item(std::size_t stage, const Payload& payload) {
  const ItemId id = next_item_++;
  items_[id] = {stage, payload};
  queues_[stage].push_back(id);
}

void ModelEngine::end_item(ItemId id, bool release) {
  const auto found = items_.find(id);
  require(found != items_.end(), "an item ends twice");
  const BlockId block = found->second.payload.block;
  items_.erase(found);
  if (block != kNoBlock && release) table_.release(block);
}

}  // namespace penstock::model
