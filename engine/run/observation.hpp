// The thread on which observers are called, so that the loop never waits for one. Lines are kept in
// order, at most 10,000 of them; of the progress only the last picture is kept. Everything that was
// posted has been delivered when the destructor returns.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "penstock/observer.hpp"

namespace penstock {

class Observation {
 public:
  static constexpr std::size_t kLinesAtMost = 10'000;
  static constexpr std::size_t kBytesAtMost = 16u << 20;  // of these lines

  // `observer` may be null; else it outlives this.
  explicit Observation(Observer* observer);
  ~Observation();

  // From any thread; never wait.
  void line(Level level, std::string text);
  void progress(Report report);

 private:
  void work();

  Observer* observer_;
  std::mutex mutex_;
  std::condition_variable something_;
  std::deque<std::pair<Level, std::string>> lines_;
  std::size_t bytes_ = 0;  // in lines_
  std::optional<Report> progress_;
  std::uint64_t left_out_ = 0;
  bool closing_ = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace penstock
