// The journal of a run that goes on. Its own thread alone touches the file: entries are handed to
// it and stored in the order in which they come, many in one transaction; stored() tells how far it
// is. Nobody who hands something over ever waits. What cannot be written ends it: failure() says
// why, and nothing more is stored.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "state/journal_file.hpp"

namespace penstock {

class Journal {
 public:
  // `stored` is called on the journal's thread when more is stored, or it has failed.
  Journal(JournalFile file, std::function<void()> stored);
  ~Journal();  // what was handed over is stored first
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Hands an entry over; its number, from 1 on. From one thread.
  std::uint64_t put(JournalEntry entry);

  // From any thread: all up to this number are stored; so much is waiting that nothing more should
  // be begun.
  std::uint64_t stored() const { return stored_.load(std::memory_order_acquire); }
  bool full() const {
    return waiting_.load(std::memory_order_relaxed) > kWaitAtMost ||
           waiting_bytes_.load(std::memory_order_relaxed) > kBytesAtMost;
  }
  std::optional<Error> failure() const;

  // Waits until everything is stored, and on the disk in run.db itself. The last thing.
  Result<void> close();

 private:
  static constexpr std::uint64_t kWaitAtMost = 1'000;  // entries
  static constexpr std::uint64_t kBytesAtMost = 64u << 20;

  void serve();
  void fail(std::unique_lock<std::mutex>& lock, const Error& why);
  Result<void> store(const std::vector<JournalEntry>& entries);

  JournalFile file_;
  std::function<void()> tell_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<JournalEntry> queue_;
  std::optional<Error> failure_;
  std::atomic<bool> failed_{false};  // the same, without the lock
  bool closing_ = false;
  std::uint64_t given_ = 0;
  std::chrono::nanoseconds synced_at_;
  bool unsynced_ = false;  // something is written that a loss of power would take
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> waiting_{0};
  std::atomic<std::uint64_t> waiting_bytes_{0};
  std::thread thread_;
};

}  // namespace penstock
