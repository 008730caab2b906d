// The extents of the model: who gets one, and which of them there have to be.
#include <algorithm>
#include <utility>

#include "ipc/extent.hpp"
#include "model_engine.hpp"

namespace penstock::model {

std::uint32_t ModelEngine::create_extent(WorkerId owner, std::uint64_t bytes) {
  const std::uint32_t id = table_.create(owner, bytes).value();
  extents_[id] = {owner, table_.size(id)};
  return id;
}

// As far as the budget allows.
bool ModelEngine::grant() {
  bool moved = false;
  for (Seat& seat : seats_) {
    if (seat.wanted == 0) continue;
    if (table_.affordable(seat.wanted)) {
      give(seat);
    } else if (seat.freed) {
      if (mistake_ != Mistake::looked_before_freed) flush(seat);
      seat.freed = !seat.waiting.empty();
      seat.wanted = 0;
      send_letter(seat, {.kind = ModelLetter::Kind::again});
    } else {
      continue;
    }
    moved = true;
  }
  return moved;
}

// Nothing will move, but for a lack of memory: the first who waits goes over the budget, or is
// refused where its call alone is too much.
bool ModelEngine::relieve() {
  const auto waits = [](const Seat& seat) { return seat.wanted > 0; };
  const auto busy = [](const Seat& seat) { return seat.wanted == 0 && !seat.calls.empty(); };
  const auto first = std::find_if(seats_.begin(), seats_.end(), waits);
  if (first == seats_.end() || std::any_of(seats_.begin(), seats_.end(), busy)) return false;
  if (!schedule_.over(first->actor)) {
    require(!facts_.any_untold(first->life->id),
            "an owner is not told of what is free when it wants memory");
  }
  if (table_.owned_by(first->life->id) + first->wanted <= table_.budget()) {
    give(*first);
  } else {
    first->wanted = 0;
    send_letter(*first, {.kind = ModelLetter::Kind::refusal});
  }
  return true;
}

void ModelEngine::give(Seat& seat) {
  const std::uint32_t id = create_extent(seat.life->id, std::exchange(seat.wanted, 0));
  auto mapping = ipc::map_owned(table_.fd(id), kGrantBytes);
  send_letter(seat, {ModelLetter::Kind::grant, id, std::move(mapping.value())});
}

bool ModelEngine::in_books(std::size_t block) const {
  for (const auto& [id, item] : items_) {
    if (item.payload.view.block == block) return true;
  }
  for (const auto& pages : pages_) {
    for (const Page& page : pages) {
      if (page.fact == block || page.given.view.block == block) return true;
      for (std::size_t i = page.next; i < page.outputs.size(); ++i) {
        if (page.outputs[i].view.block == block) return true;
      }
    }
  }
  return false;
}

// A block in it is held, or a page names one.
bool ModelEngine::named_in(std::uint32_t extent) const {
  const auto is_in = [&](std::size_t block) {
    return block != kNoFact && facts_.at(block).ref.extent == extent;
  };
  for (const auto& [id, item] : items_) {
    if (is_in(item.payload.view.block)) return true;
  }
  for (const auto& pages : pages_) {
    for (const Page& page : pages) {
      if (is_in(page.fact) || is_in(page.given.view.block)) return true;
    }
  }
  return false;
}

// It is a living worker's, or a block in it is held, or a page of its dead owner may name one.
bool ModelEngine::is_needed(std::uint32_t id, const Extent& extent) const {
  const bool owned = std::any_of(seats_.begin(), seats_.end(), [&](const Seat& seat) {
    return seat.life->id == extent.owner && !seat.gone;
  });
  return (!extent.dropped && (owned || pins_.contains(extent.owner))) || named_in(id);
}

void ModelEngine::check_extents() const {
  std::uint64_t needed = 0;
  for (const auto& [id, extent] : extents_) needed += is_needed(id, extent) ? extent.size : 0;
  require(table_.granted() >= needed, "an extent is gone that somebody needs");
  require(table_.granted() <= needed, "an extent is kept that nobody needs");
}

}  // namespace penstock::model
