// What all pools and processes of one program stand on: one keeper below it, one loop in which
// their runs turn, and the threads of that. It is there as long as anybody holds it.
//
// One thread at a time drives the loop: a thread that waits for something drives it itself while it
// waits, so that an answer reaches it without a switch of threads; when none does, the runtime's
// own thread sleeps in it. Everything that belongs to the loop is touched by whoever drives alone:
// see with_loop().
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "api/callback_thread.hpp"
#include "api/engine.hpp"
#include "run/loop.hpp"

namespace penstock {

class Runtime {
 public:
  // The program's. Throws Error where it cannot be started.
  static std::shared_ptr<Runtime> get();

  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Waits until `ready` or the time (monotonic ns; UINT64_MAX: for ever); what it then is. `ready`
  // is asked on this thread, and again after each notify() and each turn of the loop.
  bool wait(const std::function<bool()>& ready, std::uint64_t until = UINT64_MAX);

  // Runs `work` while nobody drives the loop: it may touch what belongs there. Not from within.
  void with_loop(const std::function<void()>& work);

  // Something that a waiting thread may wait for has come. From any thread, also from the loop.
  void notify();
  // The loop has something to look at. From any thread.
  void wake() { loop_.wake(); }

  Engine& engine() { return engine_; }
  Loop& loop() { return loop_; }
  CallbackThread& callbacks() { return callbacks_; }

 private:
  void serve();
  void leave(std::unique_lock<std::mutex>& lock);

  Engine engine_;
  Loop loop_{engine_.loop()};
  std::mutex mutex_;
  std::condition_variable changed_;  // for those who wait
  std::condition_variable idle_;     // for the own thread
  bool driven_ = false;
  bool by_thread_ = false;            // by the own one
  bool thread_sleeps_ = false;        // until it is told that nobody drives
  std::atomic<unsigned> claims_{0};   // threads in with_loop(), for whom all others make way
  std::atomic<unsigned> waiting_{0};  // threads that wait for the loop, or beside it
  std::atomic<bool> stopping_{false};
  std::uint64_t left_at_ = 0;  // when somebody last left the loop, ns
  CallbackThread callbacks_;
  std::thread thread_;
};

}  // namespace penstock
