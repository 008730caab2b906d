// Assertions belong to the test's own thread: Catch2's are not made for several.
#pragma once

#include <future>
#include <utility>

namespace penstock {

// Whether body() throws an E, on a thread of its own. Anything else that it throws comes out of the
// future's get().
template <class E, class Body>
std::future<bool> throws_on_thread(Body body) {
  return std::async(std::launch::async, [body = std::move(body)] {
    try {
      body();
    } catch (const E&) {
      return true;
    }
    return false;
  });
}

}  // namespace penstock
