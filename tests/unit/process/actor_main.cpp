// What a launched process can do in the tests, by its first argument. Descriptor 3, where one is
// used, is a pipe or socket of the test: as long as anything holds it, the test sees no end of
// file.
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void stay() {
  for (;;) ::pause();
}

void say(const std::string& text) {
  [[maybe_unused]] const auto n = ::write(3, text.data(), text.size());
}

int print_descriptors() {
  std::vector<int> open;
  DIR* folder = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != ::dirfd(folder)) open.push_back(fd);
  }
  std::sort(open.begin(), open.end());
  for (const int fd : open) std::cout << fd << ' ';
  std::cout << std::endl;
  return 0;
}

// What a process has from its parent without asking for it.
int print_inheritance() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:") || line.starts_with("SigIgn:")) std::cout << line << '\n';
  }
  char link[256] = {};
  [[maybe_unused]] const auto n = ::readlink("/proc/self/fd/0", link, sizeof link - 1);
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  std::cout << "stdin: " << link << "\ngroup: " << (::getpgrp() == ::getpid() ? "own" : "shared")
            << "\ncore: " << core.rlim_cur << std::endl;
  return 0;
}

// A child that goes on when this process has ended: in its group, or in a session of its own.
void leave_child(bool session) {
  if (::fork() != 0) return;
  if (session) ::setsid();
  say("child " + std::to_string(::getpid()) + "\n");
  stay();
}

// Nobody's child but the keeper's, in this process's group.
void leave_orphan() {
  if (::fork() == 0) {
    leave_child(false);
    ::_exit(0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "exit") return std::atoi(argv[2]);
  if (what == "signal") {
    ::raise(std::atoi(argv[2]));
    stay();
  }
  if (what == "stay") {
    say("here " + std::to_string(::getpid()) + "\n");
    stay();
  }
  if (what == "family") {
    leave_child(false);
    leave_child(true);
    stay();
  }
  if (what == "orphan") {
    leave_orphan();
    stay();
  }
  if (what == "leave") {  // dies when told to, and leaves two children behind
    leave_child(false);
    leave_child(true);
    char byte;
    return static_cast<int>(::read(4, &byte, 1)) - 1;
  }
  if (what == "descriptors") return print_descriptors();
  if (what == "inheritance") return print_inheritance();
  if (what == "environment") {
    for (int i = 2; i < argc; ++i) {
      const char* value = std::getenv(argv[i]);
      std::cout << argv[i] << '=' << (value == nullptr ? "(none)" : value) << std::endl;
    }
    return 0;
  }
  if (what == "sizes") {
    for (int i = 2; i < argc; ++i) std::cout << std::string(argv[i]).size() << ' ';
    std::cout << std::endl;
    return 0;
  }
  if (what == "copy") {  // what stands in each descriptor from 3 on
    for (int i = 3; i < 3 + std::atoi(argv[2]); ++i) {
      char text[16] = {};
      [[maybe_unused]] const auto n = ::pread(i, text, sizeof text - 1, 0);
      std::cout << text << ' ';
    }
    std::cout << std::endl;
    return 0;
  }
  if (what == "allocate") {
    void* memory = std::malloc(static_cast<std::size_t>(std::atol(argv[2])));
    std::cout << (memory == nullptr ? "no" : "yes") << std::endl;
    return 0;
  }
  std::cerr << "process_actor: what is " << what << "?\n";
  return 99;
}
