// Runs a loop until something has happened; fails the test when it has not within ten seconds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

#include "catch.hpp"

namespace penstock {

template <class Happened>
void loop_until(boost::asio::io_context& loop, Happened happened) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!happened()) {
    loop.restart();
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) FAIL("nothing happened within ten seconds");
    loop.run_one_for(deadline - now);
  }
}

}  // namespace penstock
