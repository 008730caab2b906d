// Who has taken how many items of a JoinableQueue and not finished them: one line a process, so
// that what a dead one had taken can be written off. Only those that have some need a line.
//
// An item is taken when the queue's number of gets goes up by one; the line is written after that,
// and says by which get it was written. So whoever comes next can tell whether a dead process still
// owed it: settle(). Everything here is called with the consumers' lock of the queue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "sync/party.hpp"

namespace penstock::sync {

struct TakerLine {
  std::atomic<Party> party;
  std::atomic<std::uint64_t> account;  // low half: unfinished; high half: the last get
};

struct TakersState {
  static constexpr std::size_t kLines = 1024;
  std::atomic<std::uint64_t> abandoned;
  TakerLine lines[kLines];
};

class Takers {
 public:
  explicit Takers(TakersState& state) : state_(state) {}

  // The get with this number was the party's. May be said again.
  void settle(Party party, std::uint64_t get);

  // Before the party takes an item by the get after this one. False: as many processes as there are
  // lines have some.
  bool prepare(Party party, std::uint64_t get);
  // One of the party's, else one of another's, is finished. False: nobody has any.
  bool finish(Party party);
  // Nobody will finish what the party has.
  void write_off(Party dead);

  std::uint64_t unfinished() const;
  std::uint64_t abandoned() const { return state_.abandoned.load(); }  // without the lock, too

 private:
  TakerLine* line_of(Party party);

  TakersState& state_;
  std::size_t last_ = 0;  // where line_of() found its line
};

}  // namespace penstock::sync
