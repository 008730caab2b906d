#include "sync/party.hpp"

#include <atomic>
#include <random>

namespace penstock::sync {
namespace {

std::atomic<Party> own = kProgram;

}  // namespace

Party this_party() {
  return own.load(std::memory_order_relaxed);
}

void set_this_party(Party party) {
  own.store(party, std::memory_order_relaxed);
}

Party new_party() {
  static std::atomic<Party> next = std::random_device{}();
  Party party = next.fetch_add(1, std::memory_order_relaxed);
  while (party <= kProgram) party = next.fetch_add(1, std::memory_order_relaxed);
  return party;
}

}  // namespace penstock::sync
