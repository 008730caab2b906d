// What goes wrong on purpose, and the record that is kept of it. A task of this plugin tells its
// Witness where it is before it does anything there. The witness appends "TASK WHERE PID" to the
// file `ledger` with one write, which no death can tear or lose, and then does what `faults` has
// for that place: a list of WHERE=HOW. WHERE is an item's number, `every` item, or the name of a
// call. With *TIMES behind it that happens so often, over all processes, by the ledger; with +TIMES
// only after so often.
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
  std::size_t times_at(std::string_view place) const;

  std::string task_;
  std::string ledger_;
  std::vector<std::string> faults_;
  std::chrono::microseconds takes_{0};
};

// Does it: segv, thread (the same in one), abort, overflow, null_call, exit0, exit3, kill, hang,
// hang_deaf, spin_deaf, throw, permanent, transient, bad_alloc; and, after which the call goes on:
// chatter, breed, breed_near.
void suffer(std::string_view how);

}  // namespace faulty
