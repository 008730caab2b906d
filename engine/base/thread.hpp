// A thread of the engine's own, beside those of the program that it is part of.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

namespace penstock {

// As long as it lives, no signal is delivered to the thread that made it. What that thread starts
// meanwhile begins with all signals blocked.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Every signal is blocked in it: signals are for the threads of whoever handles them. Throws
// Error with Status::lack where there are no more threads.
std::thread start_thread(std::function<void()> work);

}  // namespace penstock
