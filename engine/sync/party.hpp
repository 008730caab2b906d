// Who holds what: each process that has shared objects in its hands is a party with a number of its
// own, given out by the program that owns the run and never used again. What a party holds stands
// under its number in the object's memory, so that it can be taken back when the party has died.
// Any thread.
#pragma once

#include <cstdint>

namespace penstock::sync {

using Party = std::uint32_t;
inline constexpr Party kNobody = 0;
inline constexpr Party kProgram = 1;  // the program that made the objects; workers follow

// Of this process. A worker is told before it sees any object.
Party this_party();
void set_this_party(Party party);

// For the next process that is started. Numbers begin at random: a worker may start processes of
// its own and hand objects on to them, which its own siblings have too.
Party new_party();

}  // namespace penstock::sync
