// Sees to it that what a dead worker held in shared objects is given back. An object whose lock is
// held by a process that is stopped cannot be seen to at once; then it is tried again until it can.
// Belongs to the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <vector>

namespace penstock {

class Undertaker {
 public:
  explicit Undertaker(boost::asio::io_context& loop) : timer_(loop) {}

  void bury(std::uint32_t party);

 private:
  void try_again();

  boost::asio::steady_timer timer_;
  std::vector<std::uint32_t> unburied_;
};

}  // namespace penstock
