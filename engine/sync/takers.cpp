#include "sync/takers.hpp"

namespace penstock::sync {
namespace {

constexpr std::uint64_t kCount = UINT32_MAX;

std::uint64_t count_in(const TakerLine& line) {
  return line.account.load(std::memory_order_relaxed) & kCount;
}

}  // namespace

TakerLine* Takers::line_of(Party party) {
  if (state_.lines[last_].party.load(std::memory_order_relaxed) == party) {
    return &state_.lines[last_];
  }
  for (std::size_t i = 0; i != TakersState::kLines; ++i) {
    if (state_.lines[i].party.load(std::memory_order_relaxed) != party) continue;
    last_ = i;
    return &state_.lines[i];
  }
  return nullptr;
}

void Takers::settle(Party party, std::uint64_t get) {
  TakerLine* line = line_of(party);
  if (line == nullptr) return;
  const std::uint64_t account = line->account.load(std::memory_order_relaxed);
  const std::uint64_t number = get << 32;
  if ((account & ~kCount) == number) return;
  line->account.store(number | ((account & kCount) + 1));
}

bool Takers::prepare(Party party, std::uint64_t get) {
  if (line_of(party) != nullptr) return true;
  for (TakerLine& line : state_.lines) {
    if (count_in(line) != 0) continue;
    line.account.store(get << 32);  // that one was not by this line, whoever's it was
    line.party.store(party);
    return true;
  }
  return false;
}

bool Takers::finish(Party party) {
  TakerLine* line = line_of(party);
  if (line == nullptr || count_in(*line) == 0) {
    line = nullptr;
    for (TakerLine& other : state_.lines) {
      if (count_in(other) != 0) line = &other;
    }
    if (line == nullptr) return false;
  }
  line->account.store(line->account.load(std::memory_order_relaxed) - 1);
  return true;
}

void Takers::write_off(Party dead) {
  TakerLine* line = line_of(dead);
  if (line == nullptr) return;
  const std::uint64_t account = line->account.load(std::memory_order_relaxed);
  state_.abandoned.fetch_add(account & kCount);
  line->account.store(account & ~kCount);
}

std::uint64_t Takers::unfinished() const {
  std::uint64_t sum = 0;
  for (const TakerLine& line : state_.lines) sum += count_in(line);
  return sum;
}

}  // namespace penstock::sync
