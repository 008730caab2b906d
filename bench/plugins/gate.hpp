// A page that the source `alone` and the sink `seen` share, each in its own process, so that one
// item is on its way at a time. A file in the working directory, mapped by both; each is one writer
// of its own words. run.py reads the file when the run has ended. A failure is thrown.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>

class Gate {
 public:
  struct Words {
    std::atomic<std::uint64_t> seen;   // items that the sink has seen
    std::atomic<std::uint64_t> first;  // when the source made the first one, nanoseconds
    std::atomic<std::uint64_t> last;   // when the sink saw the latest one
  };

  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    if (words_ != nullptr) ::munmap(words_, sizeof(Words));
  }

  void open(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(Words)) != 0) {
      throw std::runtime_error(path + ": cannot be made");
    }
    void* const page = ::mmap(nullptr, sizeof(Words), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (page == MAP_FAILED) throw std::runtime_error(path + ": cannot be mapped");
    words_ = static_cast<Words*>(page);
  }

  Words& operator*() const { return *words_; }
  Words* operator->() const { return words_; }

 private:
  Words* words_ = nullptr;
};

inline std::uint64_t nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}
