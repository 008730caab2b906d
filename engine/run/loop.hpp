// Where runs turn: each has a step at a time, and where none of them has anything to do, the thread
// sleeps until a worker, a timer or another thread has something. One thread at a time drives it;
// it owns no run.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <vector>

namespace penstock {

class Run;

class Loop {
 public:
  explicit Loop(boost::asio::io_context& io) : io_(io) {}

  void add(Run& run) { runs_.push_back(&run); }
  void remove(Run& run) { std::erase(runs_, &run); }

  // Work that comes from other threads, looked for each turn; true: there was some. It must not
  // add or remove runs that stand before those it concerns.
  std::function<bool()> inbox;

  // Turns until `enough` is true or the time (monotonic ns; UINT64_MAX: never) has come.
  void drive(const std::function<bool()>& enough, std::uint64_t until = UINT64_MAX);

  // From any thread: there is something for the inbox, or for `enough`, to see.
  void wake();

 private:
  bool turn();
  void sleep(std::uint64_t until, const std::function<bool()>& enough);
  bool anything() const;

  boost::asio::io_context& io_;
  std::vector<Run*> runs_;
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> woken_{false};
  std::uint64_t turns_ = 0;
};

}  // namespace penstock
