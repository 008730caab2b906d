// How a run ends before its work does, by a signal or for a failure, and how long what is under way
// may still take then. Belongs to the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdint>

#include "run/run_state.hpp"

namespace penstock {

class Ending {
 public:
  Ending(boost::asio::io_context& loop, RunState& state) : state_(state), signals_(loop) {}

  // To SIGINT and SIGTERM: the first ends the run early, the second at once.
  void listen();
  void listen_no_more() { signals_.cancel(); }

  // True once: at the first look after it was said that the run ends early.
  bool begins();
  // Calls that run had their time.
  bool calls_out_of_time() const;

  // All calls are over but those of callbacks, which have all the time if the run was not to end.
  void only_callbacks();
  bool callbacks_out_of_time() const { return at_once_ || state_.now >= callbacks_until_; }

  // Nothing is waited for any more.
  bool at_once() const { return at_once_; }

 private:
  void interrupted(int signal);

  RunState& state_;
  boost::asio::signal_set signals_;
  bool at_once_ = false;
  bool only_callbacks_ = false;
  std::uint64_t callbacks_until_ = UINT64_MAX;  // ns
  std::uint64_t since_ = 0;                     // ns
};

}  // namespace penstock
