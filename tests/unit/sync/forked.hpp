// A process of the test, which shares what was mapped before. It runs a function and ends; what it
// finds out it says with its exit status: 0 is good.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <utility>

#include "sync/party.hpp"

namespace penstock::sync {

class Forked {
 public:
  template <class Body>
  explicit Forked(Body&& body) : party_(new_party()), pid_(::fork()) {
    if (pid_ != 0) return;
    set_this_party(party_);
    ::alarm(100);  // a test that hangs leaves nothing behind
    int status = 1;
    try {
      status = body() ? 0 : 1;
    } catch (const std::exception&) {
      status = 2;
    }
    ::_exit(status);
  }
  Forked(Forked&& other) noexcept : party_(other.party_), pid_(std::exchange(other.pid_, -1)) {}
  Forked& operator=(Forked&&) = delete;
  ~Forked() { kill(); }

  Party party() const { return party_; }
  pid_t pid() const { return pid_; }

  // True: it ended with 0.
  bool join() { return wait() == 0; }

  // SIGKILL, and waits for it; its party is ready to be buried. False: it had found something wrong
  // before.
  bool kill() {
    if (pid_ <= 0) return true;  // -1 would be every process there is
    ::kill(pid_, SIGKILL);
    const int status = wait();
    return status == 0 || WIFSIGNALED(status);
  }

 private:
  int wait() {
    int status = -1;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

  Party party_;
  pid_t pid_;
};

}  // namespace penstock::sync
