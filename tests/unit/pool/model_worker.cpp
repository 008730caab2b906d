#include "model_worker.hpp"

#include <cstring>
#include <utility>

#include "ipc/sleep.hpp"

namespace penstock::model {
namespace {

constexpr unsigned kPublishEvery = 3;
// One slot of many of a page, of four and of two; one page, and two.
constexpr std::uint64_t kSizes[] = {512, 12 * 1024, 20 * 1024, 64 * 1024, 128 * 1024};

}  // namespace

ModelWorker::ModelWorker(WorkerId own_id, BlockFacts& facts, const Word& engine_sleeping,
                         Mistake mistake, ipc::OwnedExtent home)
    : id(own_id), facts_(facts), engine_sleeping_(engine_sleeping), mistake_(mistake) {
  arena_.emplace(static_cast<ipc::Grower&>(*this));
  arena_->adopt(std::move(home), 0);
}

void ModelWorker::run() {
  out_ = RingWriter(&results, &results_read);
  in_ = RingReader(&calls, &calls_read);
  for (;;) {
    const ipc::Descriptor descriptor = next();
    if (descriptor.kind == ipc::Kind::stop) break;
    perform(descriptor);
  }
  require(!facts_.any_out(id), "a block has not come back");
  // It may keep one that is empty.
  require(extents_ <= 1 + facts_.slot_sizes(id), "an arena keeps extents that are empty");
  for (const auto& [extent, mapping] : mapped_) {
    require(extents_at_end.contains(extent), "an extent is still mapped that is no more");
  }
  publish();
}

void ModelWorker::perish() {
  arena_.reset();
  mapped_.clear();
  letters.clear();
  if (reading != kNoFact) facts_.end_reading(std::exchange(reading, kNoFact));
  facts_.died(id);
}

void ModelWorker::perform(const ipc::Descriptor& call) {
  Schedule& schedule = Schedule::now();
  line.begin(call.call, 0);
  emitted_ = 0;
  if (call.where == ipc::Where::block) {
    reading = given.at(call.call).block;
    facts_.begin_reading(reading);
  }
  look_at_input(call);
  bool well = true;
  for (unsigned i = 0, wanted = outputs_wanted.at(call.call); well && i < wanted; ++i) {
    well = make_output(call);
    look_at_input(call);
  }
  well = well && !schedule.chance(6);
  if (in_page_ > 0) send_page(call);
  free_loans();
  if (reading != kNoFact) facts_.end_reading(std::exchange(reading, kNoFact));

  ipc::Descriptor done;
  done.kind = ipc::Kind::done;
  done.call = call.call;
  done.code = static_cast<std::uint8_t>(well ? ipc::Ending::ok : ipc::Ending::failed);
  send(done);
  line.end(call.call, out_.tail());
  ended = call.call;
  if (out_.unpublished() >= kPublishEvery || schedule.chance(3) || (!pump() && arrived_.empty())) {
    publish();
  }
}

// A part of the input, or a block of its own; false: there is no memory for it.
bool ModelWorker::make_output(const ipc::Descriptor& call) {
  Schedule& schedule = Schedule::now();
  if (reading != kNoFact && schedule.chance(2)) {
    Made passed{ipc::Where::input, given.at(call.call)};
    const std::uint64_t quarter = facts_.quarter(reading);
    const std::uint64_t skipped = schedule.pick(passed.view.ref.size / quarter);
    passed.view.ref.offset += skipped * quarter;
    passed.view.ref.size -= skipped * quarter;
    return emit(call, passed);
  }
  const std::size_t block = make_block(kSizes[schedule.pick(std::size(kSizes))]);
  if (block == kNoFact) return false;
  fill(block);
  if (schedule.chance(6)) {
    loans_.push_back(block);
    return true;
  }
  // A loan is handed on in full, or in part: then without its beginning.
  Made own{ipc::Where::block, facts_.whole(block)};
  if (schedule.chance(3)) {
    const std::uint64_t skipped = (1 + schedule.pick(3)) * facts_.quarter(block);
    own.view.ref.offset += skipped;
    own.view.ref.size -= skipped;
  }
  if (mistake_ == Mistake::maker_frees_too) loans_.push_back(block);
  return emit(call, own);
}

std::size_t ModelWorker::make_block(std::uint64_t bytes) {
  pump();
  ipc::BlockRef ref;
  {
    const auto block = arena_->allocate(bytes);
    if (!block) return kNoFact;
    ref = block->ref;
  }
  return facts_.handed_out(id, ref);
}

// In two steps, so that others may look in between.
void ModelWorker::fill(std::size_t block) {
  const ipc::BlockRef ref = facts_.at(block).ref;
  for (unsigned i = 0; i < 4; ++i) {
    if (i == 2) Schedule::now().stop_here();
    facts_.write(arena_->at(ref.extent, ref.offset) + i * facts_.quarter(block), block);
  }
}

bool ModelWorker::emit(const ipc::Descriptor& call, const Made& output) {
  ipc::Descriptor descriptor;
  descriptor.kind = ipc::Kind::output;
  descriptor.call = call.call;
  ipc::BlockRef ref = output.view.ref;
  if (output.where == ipc::Where::input) ref.offset -= call.block().offset;
  descriptor.set_block(ref, output.where);
  if (emitted_++ < kOutputsInRing) {
    made[call.call].outputs.push_back(output);
    send(descriptor);
    return true;
  }
  if (in_page_ == 0) {
    const std::size_t page = make_block(kOutputsInPage * sizeof descriptor);
    if (page == kNoFact) {
      const bool own = output.where == ipc::Where::block;
      if (own && mistake_ != Mistake::unnamed_output_kept) loans_.push_back(output.view.block);
      return false;
    }
    page_ = page;
    made[call.call].pages.push_back(page);
  }
  made[call.call].outputs.push_back(output);
  const ipc::BlockRef& page = facts_.at(page_).ref;
  std::memcpy(arena_->at(page.extent, page.offset) + in_page_ * sizeof descriptor, &descriptor,
              sizeof descriptor);
  if (++in_page_ == kOutputsInPage) send_page(call);
  return true;
}

void ModelWorker::send_page(const ipc::Descriptor& call) {
  ipc::Descriptor page;
  page.kind = ipc::Kind::page;
  page.call = call.call;
  page.extra = static_cast<std::uint16_t>(in_page_);
  ipc::BlockRef ref = facts_.at(page_).ref;
  ref.size = in_page_ * sizeof page;
  page.set_block(ref);
  in_page_ = 0;
  send(page);
}

// What it finds there has to be its item's payload, as long as the call runs.
void ModelWorker::look_at_input(const ipc::Descriptor& call) {
  if (reading == kNoFact) return;
  const View& expected = given.at(call.call);
  const ipc::BlockRef ref = call.block();
  require(ref.extent == expected.ref.extent && ref.offset == expected.ref.offset &&
              ref.size == expected.ref.size,
          "a call was given another item's payload");
  facts_.check(view(ref), expected);
}

void ModelWorker::free_loans() {
  while (!loans_.empty()) {
    const std::size_t block = loans_.back();
    loans_.pop_back();
    facts_.taken_back(block);
    const ipc::BlockRef& ref = facts_.at(block).ref;
    arena_->free(ref.extent, ref.offset);
  }
}

const std::byte* ModelWorker::view(const ipc::BlockRef& ref) {
  if (const auto own = arena_->find(ref.extent, ref.offset, ref.size)) return *own;
  while (!mapped_.contains(ref.extent)) {
    ModelLetter letter = wait_letter();
    require(letter.kind == ModelLetter::Kind::extent, "a letter that nobody has asked for");
    mapped_.insert_or_assign(letter.id, std::move(letter.mapping));
  }
  return mapped_.at(ref.extent).data() + ref.offset;
}

Result<ipc::OwnedExtent> ModelWorker::grow(std::size_t bytes) {
  send(ipc::numbered(ipc::Kind::want_extent, bytes));
  publish();
  for (;;) {
    ModelLetter letter = wait_letter();
    switch (letter.kind) {
      case ModelLetter::Kind::extent:
        mapped_.insert_or_assign(letter.id, std::move(letter.mapping));
        break;
      case ModelLetter::Kind::grant:
        ++extents_;
        return ipc::OwnedExtent{letter.id, std::move(letter.mapping)};
      case ModelLetter::Kind::refusal:
        return Error(Status::lack, "refused");
      case ModelLetter::Kind::again:
        pump();
        return ipc::OwnedExtent{};
    }
  }
}

void ModelWorker::shrink(std::uint32_t extent) {
  --extents_;
  send(ipc::numbered(ipc::Kind::drop_extent, extent));
}

ModelLetter ModelWorker::wait_letter() {
  Schedule::now().wait_for([this] { return !letters.empty(); });
  ModelLetter letter = std::move(letters.front());
  letters.pop_front();
  return letter;
}

// True: something has arrived.
bool ModelWorker::pump() {
  ipc::Descriptor descriptor;
  while (in_.pop(descriptor)) {
    if (descriptor.kind == ipc::Kind::free_blocks) {
      ipc::FreedBlock freed[ipc::kFreedPerDescriptor];
      std::memcpy(freed, descriptor.body, sizeof freed);
      for (std::size_t i = 0; i < descriptor.extra; ++i) {
        const std::uint64_t offset = std::uint64_t{freed[i].offset64} * 64;
        facts_.comes_back(id, freed[i].extent, offset);
        require(arena_->free(freed[i].extent, offset), "a block is freed that is free");
      }
    } else if (descriptor.kind == ipc::Kind::forget) {
      const auto extent = static_cast<std::uint32_t>(descriptor.number());
      require(reading == kNoFact || facts_.at(reading).ref.extent != extent,
              "an extent is forgotten while it is read");
      mapped_.erase(extent);
    } else {
      arrived_.push_back(descriptor);
    }
  }
  require(!in_.broken(), "the engine's ring is damaged");
  in_.release();
  return !arrived_.empty();
}

ipc::Descriptor ModelWorker::next() {
  while (!pump()) {
    publish();
    ipc::begin_sleep(sleeping);
    // The kernel looks at the word and goes to sleep in one step.
    if (!in_.has_next() && calls.tail.visible() == in_.position()) {
      asleep = true;
      Schedule::now().wait_for([this] { return !asleep; });
    }
    ipc::end_sleep(sleeping);
  }
  const ipc::Descriptor descriptor = arrived_.front();
  arrived_.pop_front();
  return descriptor;
}

void ModelWorker::send(const ipc::Descriptor& descriptor) {
  while (out_.room() == 0) publish();
  out_.push(descriptor);
}

void ModelWorker::publish() {
  if (!out_.has_unpublished()) return;
  out_.publish();
  if (ipc::needs_wake(engine_sleeping_)) bell = true;
}

}  // namespace penstock::model
