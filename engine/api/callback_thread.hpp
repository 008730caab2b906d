// The thread on which callbacks of calls are called, one at a time, in the order in which the calls
// have ended. It is started with the first one. Whoever posts does not wait.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace penstock {

class CallbackThread {
 public:
  CallbackThread() = default;
  // What waits is called first.
  ~CallbackThread();
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;

  // From any thread. What a callback throws ends the program, as it would on any other thread.
  void post(std::function<void()> callback);

  // Whether this is called from a callback.
  bool here() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable something_;
  std::deque<std::function<void()>> waiting_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace penstock
