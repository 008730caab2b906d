// A mutex in a manager's server, and the condition that goes with one. A mutex belongs to a thread
// of a client's process; when the process dies, the next one in line has it, and is told.
#pragma once

#include <cstdint>
#include <memory>

#include "sync/managed/stored.hpp"
#include "sync/managed/waiter.hpp"

namespace penstock::sync {

class StoredMutex final : public Stored {
 public:
  explicit StoredMutex(bool recursive) : recursive_(recursive) {}

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;
  void bury(Session& session) override;

  // For a condition: lets go of all that the thread holds of it and says how often that is (0: it
  // does not hold it); and takes it so often again, which only the end of the client prevents.
  std::uint64_t let_go(Session& session, std::uint64_t thread);
  bool take_again(const Caller& caller, std::uint64_t thread, std::uint64_t times);
  bool is_held_by(const Session& session, std::uint64_t thread);

 private:
  void lock(Request& request, Answer& answer, const Caller& caller);
  void unlock(Request& request, Answer& answer, const Caller& caller);

  // With the object's lock.
  Waited acquire(std::unique_lock<std::mutex>& lock, const Caller& caller, std::uint64_t thread,
                 Deadline deadline);
  void pass_on();
  bool belongs_to(const Session& session, std::uint64_t thread) const;

  const bool recursive_;
  bool taken_ = false;         // also: by one who has been served and is not awake yet
  std::uint64_t session_ = 0;  // of the holder; 0: none
  std::uint64_t thread_ = 0;
  std::uint64_t times_ = 0;
  bool abandoned_ = false;  // the holder before died with it
  WaitingLine line_;
};

class StoredCondition final : public Stored {
 public:
  explicit StoredCondition(std::shared_ptr<StoredMutex> mutex) : of_(std::move(mutex)) {}

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

 private:
  void wait(Request& request, Answer& answer, const Caller& caller);
  void notify(Request& request, Answer& answer, const Caller& caller);

  const std::shared_ptr<StoredMutex> of_;
  WaitingLine line_;
};

}  // namespace penstock::sync
