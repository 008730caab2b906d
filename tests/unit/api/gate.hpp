// Calls that begin, say so, and end when the test lets them: nothing in a test is left to time.
#pragma once

#include <penstock/event.hpp>
#include <penstock/queue.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

#include "penstock/pool.hpp"

struct Gate {
  // A call of own.pass, which gives `value` once the gate is open.
  penstock::AsyncResult<std::int64_t> call(penstock::Pool& pool, std::int64_t value) const {
    return pool.submit<std::int64_t>("own.pass", entered, open, value);
  }
  // One that has begun.
  penstock::AsyncResult<std::int64_t> running(penstock::Pool& pool, std::int64_t value) const {
    auto result = call(pool, value);
    entered.get();
    return result;
  }

  penstock::Queue<std::int64_t> entered;  // the pid of each that has come to it
  penstock::Event open;
};

// Whether it gets true within a minute.
template <class F>
bool eventually(F condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// Has come behind all callbacks so far: there is one thread for them.
inline void wait_for_callbacks(penstock::Pool& pool) {
  const penstock::Event last;
  pool.submit<void>("own.answer", [last] { last.set(); }).wait();
  last.wait();
}

// What this program and its processes write to stderr, as long as this stands.
class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), before_(::dup(2)) { ::dup2(::fileno(file_), 2); }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() {
    ::dup2(before_, 2);
    ::close(before_);
    std::fclose(file_);
  }

  std::string text() const {
    std::string found(1 << 16, '\0');
    const ssize_t size = ::pread(::fileno(file_), found.data(), found.size(), 0);
    found.resize(static_cast<std::size_t>(size < 0 ? 0 : size));
    return found;
  }

 private:
  std::FILE* file_;
  int before_;
};
