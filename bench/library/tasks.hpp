// The other side of each measure: what runs in the second process.
#pragma once

#include <penstock/array.hpp>
#include <penstock/mutex.hpp>
#include <penstock/pipe.hpp>
#include <penstock/queue.hpp>

#include <cstdint>
#include <vector>

using Numbers = penstock::Queue<std::int64_t>;
using Channel = penstock::Connection<std::vector<std::byte>>;
using Words = penstock::Array<std::int64_t>;

void put_all(Numbers queue, std::int64_t count);
void put_when_asked(Numbers there, Numbers back, std::int64_t count);
void echo(Channel connection, std::int64_t count);

// Has the mutex `count` times, each time after the other process has had it, who stands waiting
// before it is released. Answers how long each hand-over to this process took, in nanoseconds.
std::vector<std::int64_t> take_turns(penstock::Mutex mutex, Words words, std::int64_t me,
                                     std::int64_t count);
