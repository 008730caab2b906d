#include "model_engine.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

#include "ipc/extent.hpp"
#include "ipc/sleep.hpp"

namespace penstock::model {

ModelEngine::ModelEngine(std::uint64_t seed, Mistake mistake)
    : schedule_(seed),
      mistake_(mistake),
      table_(3 * kHomeBytes + (1 + schedule_.pick(4)) * kGrantBytes),
      deaths_left_(static_cast<unsigned>(schedule_.pick(3))),
      attempts_(1 + static_cast<unsigned>(schedule_.pick(3))),
      window_(1 + schedule_.pick(4)),
      bound_(1 + schedule_.pick(4)),
      all_serve_all_(schedule_.chance(2)),
      engine_reads_last_(schedule_.chance(3)) {
  seats_.resize(2 + schedule_.pick(2));
  facts_.in_books = [this](std::size_t block) { return in_books(block); };
  table_.on_free = [this](WorkerId owner, std::uint32_t extent, std::uint64_t offset) {
    Seat* seat = find(owner);
    if (seat == nullptr && mistake_ == Mistake::told_to_next_life) seat = &seats_[seat_of_[owner]];
    if (seat == nullptr) return;
    send_freed(*seat, extent, offset);
    seat->freed = true;
  };
  table_.on_forget = [this](WorkerId reader, std::uint32_t extent) {
    Seat* seat = find(reader);
    if (seat == nullptr || mistake_ == Mistake::extent_not_forgotten) return;
    send(*seat, ipc::numbered(ipc::Kind::forget, extent));
  };
  for (std::uint64_t roots = 1 + schedule_.pick(4); roots > 0; --roots) add_item(0, {});
  schedule_.between_steps = [this] { kill_somebody(); };
  schedule_.add([this] { engine(); });
}

void ModelEngine::kill_somebody() {
  if (deaths_left_ == 0 || !schedule_.chance(80)) return;
  const Seat& seat = seats_[schedule_.pick(seats_.size())];
  if (seat.life == nullptr || schedule_.over(seat.actor)) return;
  --deaths_left_;
  schedule_.kill(seat.actor);
}

void ModelEngine::engine() {
  try {
    loop();
    end_workers();
  } catch (const std::exception& error) {
    // The table was asked for what is not there any more.
    throw Broken{error.what()};
  }
}

void ModelEngine::loop() {
  for (Seat& seat : seats_) start_worker(seat);
  const auto has_pages = [](const std::deque<Page>& pages) { return !pages.empty(); };
  while (!items_.empty() || std::any_of(pages_.begin(), pages_.end(), has_pages)) {
    bool moved = false;
    for (Seat& seat : seats_) moved |= receive(seat);
    moved |= grant();
    moved |= expand();
    moved |= dispatch();
    moved |= read_last();
    if (!moved) moved = relieve();
    for (Seat& seat : seats_) flush(seat);
    for (Seat& seat : seats_) {
      if (!schedule_.over(seat.actor)) continue;
      bury(seat);
      start_worker(seat);
      moved = true;
    }
    if (moved) {
      check_extents();
    } else {
      sleep();
    }
  }
}

void ModelEngine::sleep() {
  // Also looks at what was ended and not published, as it does before it sleeps.
  if (schedule_.chance(3)) {
    bool moved = false;
    for (Seat& seat : seats_) {
      seat.reader.accept_unpublished(seat.life->line.tail.load(std::memory_order_acquire));
      moved |= receive(seat);
    }
    if (moved) return;
  }
  ipc::begin_sleep(sleeping_);
  bool news = false;
  // What waits for room is looked after by a timer.
  for (Seat& seat : seats_) news = news || !seat.waiting.empty() || seat.reader.has_next();
  if (!news) {
    schedule_.wait_for([this] {
      return std::any_of(seats_.begin(), seats_.end(), [this](const Seat& seat) {
        return seat.life->bell || schedule_.over(seat.actor);
      });
    });
  }
  ipc::end_sleep(sleeping_);
  for (Seat& seat : seats_) seat.life->bell = false;
}

// Each has its blocks back before it is told to stop.
void ModelEngine::end_workers() {
  ending_ = true;
  for (Seat& seat : seats_) {
    flush(seat);
    for (const auto& [id, extent] : extents_) {
      if (is_needed(id, extent)) seat.life->extents_at_end.insert(id);
    }
    ipc::Descriptor stop;
    stop.kind = ipc::Kind::stop;
    send(seat, stop);
  }
  for (Seat& seat : seats_) {
    while (!schedule_.over(seat.actor)) {
      for (Seat& other : seats_) {
        flush(other);
        receive(other);
      }
      schedule_.stop_here();
    }
  }
  for (Seat& seat : seats_) bury(seat);
  check_extents();
  require(table_.granted() == 0, "an extent is left when all is over");
}

void ModelEngine::start_worker(Seat& seat) {
  const WorkerId id = next_worker_++;
  const std::uint32_t home = create_extent(id, kHomeBytes);
  ipc::Mapping mapping = ipc::map_owned(table_.fd(home), kHomeBytes).value();
  lives_.push_back(std::make_unique<ModelWorker>(id, facts_, sleeping_, mistake_,
                                                 ipc::OwnedExtent{home, std::move(mapping)}));
  ModelWorker* life = lives_.back().get();
  std::vector<std::uint32_t> sent = std::move(seat.sent);
  seat = Seat{};
  seat.sent = std::move(sent);
  seat.writer = RingWriter(&life->calls, &life->calls_read);
  seat.reader = RingReader(&life->results, &life->results_read);
  seat.actor = schedule_.add([life] { life->run(); });
  seat.life = life;  // from here on it may die
  seat_of_[id] = static_cast<std::size_t>(&seat - seats_.data());
}

// Its process has ended.
void ModelEngine::bury(Seat& seat) {
  seat.gone = true;
  const WorkerId id = seat.life->id;
  if (mistake_ == Mistake::retired_before_drained) table_.retire(id);
  seat.reader.accept_unpublished(seat.life->line.tail.load(std::memory_order_acquire));
  receive(seat);
  take_back(seat);
  for (const auto& [number, made] : seat.life->made) {
    for (const Made& output : made.outputs) {
      if (output.where == ipc::Where::block) facts_.unclaim(output.view.block);
    }
    for (const std::size_t page : made.pages) facts_.unclaim(page);
  }
  seat.life->perish();
  if (mistake_ == Mistake::told_to_next_life && !ending_) return;
  table_.retire(id);
  if (mistake_ != Mistake::extents_die_with_owner) return;
  for (const auto& [number, item] : items_) {
    const std::size_t block = item.payload.view.block;
    if (block != kNoFact && facts_.at(block).owner == id) table_.release(item.payload.block);
  }
}

// Only the call in hand is charged; what waited behind it is tried again, in its order.
void ModelEngine::take_back(Seat& seat) {
  const bool in_hand =
      !seat.calls.empty() &&
      seat.life->line.began.load(std::memory_order_acquire) == seat.calls.front().number;
  for (auto call = seat.calls.rbegin(); call != seat.calls.rend(); ++call) {
    require(call->number > seat.life->ended, "a call that has ended is to be done again");
    Item& item = items_.at(call->item);
    const bool charged = in_hand && &*call == &seat.calls.front();
    if (charged && ++item.charged == attempts_) {
      end_item(call->item, mistake_ != Mistake::dead_reader_holds);
      continue;
    }
    queues_[item.stage].push_front(call->item);
    if (charged && mistake_ == Mistake::released_twice_at_death && item.payload.block != kNoBlock) {
      table_.release(item.payload.block);
    }
  }
  seat.calls.clear();
}

ModelEngine::Seat* ModelEngine::find(WorkerId id) {
  for (Seat& seat : seats_) {
    if (seat.life != nullptr && seat.life->id == id && !seat.gone) return &seat;
  }
  return nullptr;
}

void ModelEngine::send(Seat& seat, const ipc::Descriptor& descriptor) {
  if (seat.waiting.empty() && seat.writer.room() > 0) {
    seat.writer.push(descriptor);
  } else {
    seat.waiting.push_back(descriptor);
  }
}

void ModelEngine::send_freed(Seat& seat, std::uint32_t extent, std::uint64_t offset) {
  const ipc::FreedBlock freed{extent, static_cast<std::uint32_t>(offset / 64)};
  ipc::Descriptor& filled = seat.freed_blocks;
  std::memcpy(filled.body + filled.extra * sizeof freed, &freed, sizeof freed);
  if (++filled.extra < ipc::kFreedPerDescriptor) return;
  filled.kind = ipc::Kind::free_blocks;
  send(seat, std::exchange(filled, {}));
}

// What stands in the rings by then can be seen by whoever takes the letter.
void ModelEngine::send_letter(Seat& seat, ModelLetter letter) {
  Schedule::now().fence();
  seat.life->letters.push_back(std::move(letter));
}

void ModelEngine::flush(Seat& seat) {
  if (seat.freed_blocks.extra > 0) {
    seat.freed_blocks.kind = ipc::Kind::free_blocks;
    send(seat, std::exchange(seat.freed_blocks, {}));
  }
  while (!seat.waiting.empty() && seat.writer.room() > 0) {
    seat.writer.push(seat.waiting.front());
    seat.waiting.pop_front();
  }
  if (!seat.writer.has_unpublished()) return;
  seat.writer.publish();
  if (ipc::needs_wake(seat.life->sleeping)) seat.life->asleep = false;
}

bool ModelEngine::receive(Seat& seat) {
  bool moved = false;
  ipc::Descriptor descriptor;
  while (seat.reader.pop(descriptor)) {
    moved = true;
    handle(seat, descriptor);
  }
  require(!seat.reader.broken() && !seat.writer.broken(), "a cursor that cannot be");
  seat.reader.release();
  return moved;
}

void ModelEngine::handle(Seat& seat, const ipc::Descriptor& descriptor) {
  switch (descriptor.kind) {
    case ipc::Kind::want_extent:
      require(seat.wanted == 0, "an owner asks for two extents at once");
      seat.wanted = kGrantBytes;
      return;
    case ipc::Kind::drop_extent: {
      const auto id = static_cast<std::uint32_t>(descriptor.number());
      require(!named_in(id), "an owner drops an extent in which a block is held");
      require(table_.drop(seat.life->id, id), "an owner drops an extent that is not its own");
      extents_.at(id).dropped = true;
      return;
    }
    default:
      require(!seat.calls.empty() && seat.calls.front().number == descriptor.call,
              "a call not in hand");
      if (descriptor.kind == ipc::Kind::done) return complete(seat, descriptor);
      seat.outputs.push_back(descriptor);
  }
}

}  // namespace penstock::model
