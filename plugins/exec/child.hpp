// One running program, in a process group of its own. It never outlives the Child, nor the worker:
// the destructor kills the whole group, and when the worker dies the kernel kills the program. The
// thread that made it has to stay for as long. What cannot be started throws: Permanent for what is
// wrong with the program or its arguments, Transient where there are too many processes, Lack where
// descriptors or memory are missing.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace penstock::exec {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void close();

 private:
  int number_ = -1;
};

struct Command {
  std::string name;                    // of the program, for a person
  const char* path = nullptr;          // of its file
  char* const* argv = nullptr;         // ends with a null pointer, as does
  char* const* environment = nullptr;  // NAME=value
  const char* folder = nullptr;        // where it runs; null: here
  bool reads = false;                  // has a pipe as its stdin; else /dev/null
  bool writes = false;                 // has a pipe as its stdout; else /dev/null
};

struct Ending {
  int signal = 0;  // that killed it; 0: none
  int status = 0;  // that it ended with
};

class Child {
 public:
  explicit Child(const Command& command);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  void signal(int number) const;  // to its whole group

  // Waits for its end, and kills what is left of the group. Nothing if another task of this worker
  // has taken the news of it.
  std::optional<Ending> reap();

  // Our ends, which never block: of its stdin, stdout and stderr, and what is readable when it has
  // ended.
  Descriptor input;
  Descriptor output;
  Descriptor errors;
  Descriptor process;

 private:
  void start(const Command& command);

  pid_t pid_ = -1;
};

}  // namespace penstock::exec
