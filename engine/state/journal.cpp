#include "state/journal.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/thread.hpp"

namespace penstock {
namespace {

constexpr std::chrono::seconds kSyncEvery{1};

std::chrono::nanoseconds now() {
  return steady_clock().now();
}

// About: what may be large.
std::uint64_t bytes_of(const JournalEntry& entry) {
  std::uint64_t bytes = 0;
  for (const OutputsRecord& record : entry.outputs) bytes += record.outputs.size();
  for (const MarkRecord& record : entry.marks) bytes += record.answer.size();
  for (const SourceRecord& record : entry.sources) bytes += record.snapshot.size();
  for (const OriginRecord& record : entry.origins) bytes += record.ended.size();
  for (const DeadLetter& letter : entry.letters) {
    bytes += letter.payload.size() + letter.content.size();
    for (const auto& attempt : letter.attempts) bytes += attempt.output.size();
  }
  for (const EpochRecord& record : entry.epochs) {
    for (const auto& group : record.items.groups)
      bytes += group.numbers.size() * sizeof(group.numbers[0]);
  }
  return bytes;
}

std::uint64_t bytes_of(const std::vector<JournalEntry>& entries) {
  std::uint64_t bytes = 0;
  for (const JournalEntry& entry : entries) bytes += bytes_of(entry);
  return bytes;
}

}  // namespace

Journal::Journal(JournalFile file, std::function<void()> stored)
    : file_(std::move(file)), tell_(std::move(stored)), synced_at_(now()) {
  thread_ = start_thread([this] { serve(); });
}

Journal::~Journal() {
  (void)close();
}

std::uint64_t Journal::put(JournalEntry entry) {
  waiting_bytes_ += bytes_of(entry);
  ++waiting_;
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(entry));
  }
  changed_.notify_one();
  return ++given_;
}

std::optional<Error> Journal::failure() const {
  if (!failed_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return failure_;
}

Result<void> Journal::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (failure_) return *failure_;
  return {};
}

void Journal::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto called = [this] { return closing_ || !queue_.empty(); };
    if (!unsynced_) {
      changed_.wait(lock, called);
    } else if (!changed_.wait_for(lock, kSyncEvery, called)) {
      // Nothing has come since: what was written last is not to wait for what comes next.
      unsynced_ = false;
      lock.unlock();
      auto synced = file_.sync();
      lock.lock();
      if (!synced) fail(lock, synced.error());
      continue;
    }
    if (queue_.empty()) break;
    const std::vector<JournalEntry> entries = std::exchange(queue_, {});
    if (failure_) continue;  // nothing follows what is missing
    lock.unlock();
    auto done = store(entries);
    lock.lock();
    if (!done) {
      fail(lock, done.error());
      continue;
    }
    stored_.fetch_add(entries.size(), std::memory_order_release);
    waiting_ -= entries.size();
    waiting_bytes_ -= bytes_of(entries);
    lock.unlock();
    tell_();
    lock.lock();
  }
  if (failure_) return;
  lock.unlock();
  auto settled = file_.settle();
  lock.lock();
  if (!settled) failure_ = settled.error();
}

void Journal::fail(std::unique_lock<std::mutex>& lock, const Error& why) {
  failure_ = why;
  failed_.store(true, std::memory_order_release);
  lock.unlock();
  tell_();
  lock.lock();
}

// What is written survives any process; once a second, and where it is asked for, a loss of power.
Result<void> Journal::store(const std::vector<JournalEntry>& entries) {
  const bool sync =
      now() >= synced_at_ + kSyncEvery ||
      std::any_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.sync; });
  auto written = file_.write(entries, sync);
  if (sync) synced_at_ = now();
  unsynced_ = !sync;
  return written;
}

}  // namespace penstock
