// What goes wrong on purpose, and the record that is kept of it. A task of this plugin tells its
// Witness where it is before it does anything there. The witness appends "TASK WHERE PID" to the
// file `ledger` with one write, which no death can tear or lose, and then does what `faults` has
// for that place: a list of WHERE=HOW. WHERE is an item's number, `every` item, or the name of a
// call. With *TIMES behind it that happens so often, over all processes, by the ledger; with +TIMES
// only after so often, with %TIMES at the first of each so many times.
#pragma once

#include <penstock/plugin.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace faulty {

class Witness {
 public:
  explicit Witness(std::string_view task) : task_(task) {}

  void params(penstock::Params& p);

  // In a call of that name, or with an item, which is of the `kind` that every item is of.
  void at(std::string_view place, std::string_view kind = {});
  void at_item(std::int64_t number);

 private:
  void note(std::string_view place) const;
  bool due(char sign, std::size_t number, std::string_view place) const;
  std::size_t times_at(std::string_view place) const;

  std::string task_;
  std::string ledger_;
  std::vector<std::string> faults_;
  std::chrono::microseconds takes_{0};
};

// Does it: segv, thread (the same in one), abort, terminate, overflow, null_call, exit0 and exit3,
// leave0 (by way of exit handlers), kill, hang, hang_deaf, spin_deaf, throw, throw_int, throw_odd,
// throw_gaudy, permanent, transient, lack, bad_alloc; and, after which the call goes on: chatter,
// flood, print_gaudy, breed, breed_near, breed_daemon, close_all, deaf, raiseN (a signal of that
// number), sleepN (milliseconds), leakN (MiB).
void suffer(std::string_view how);

// A text with escape codes, a line end and markup; bytes that are no text follow it elsewhere.
extern const char* const gaudy;

}  // namespace faulty
