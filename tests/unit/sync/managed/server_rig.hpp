// Servers for the tests: in a process of their own, as programs start them, or on a thread.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/fd.hpp"
#include "penstock/manager.hpp"
#include "sync/managed/server_process.hpp"

namespace penstock::sync {

class ServerProcess {
 public:
  explicit ServerProcess(const std::string& address = {}, const std::string& key = {})
      : starting_(prepare_server(address, key).value()) {
    pid_ = ::fork();
    if (pid_ == 0) become_server();
    starting_.descriptors.clear();
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  // As servers end where nothing is wrong, in good order.
  ~ServerProcess() {
    if (pid_ <= 0) return;
    cut_life_line();
    const UniqueFd end(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    wait_readable(end.get(), kPatience);
    kill();
  }

  Manager manager() const { return Manager::connect(to_text(starting_.address)); }
  std::string address() const { return to_text(starting_.address); }
  std::string public_address() const { return to_text(starting_.public_address); }
  pid_t pid() const { return pid_; }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }
  void cut_life_line() { starting_.life_line.reset(); }
  int wait() {
    int status = -1;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

 private:
  [[noreturn]] void become_server() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int count = static_cast<int>(starting_.descriptors.size());
    int copies[3];
    for (int i = 0; i != count; ++i) {
      copies[i] = ::fcntl(starting_.descriptors[static_cast<std::size_t>(i)].get(), F_DUPFD, 100);
    }
    for (int i = 0; i != count; ++i) ::dup2(copies[i], 3 + i);
    ::syscall(SYS_close_range, 3u + static_cast<unsigned>(count), ~0u, 0u);
    serve_as_started();
  }

  static constexpr int kPatience = 1000;  // milliseconds; a fork of the test may hold the life line

  StartingServer starting_;
  pid_t pid_ = -1;
};

class ServerThread {
 public:
  explicit ServerThread(const std::string& address = {}, const std::string& key = {})
      : ServerThread(own_server(address, key).value()) {}
  ~ServerThread() { end(); }

  Manager manager() const { return Manager::connect(address_); }
  std::string address() const { return address_; }
  std::string public_address() const { return public_address_; }
  // True: all that was going on has ended.
  bool end() {
    if (!thread_.joinable()) return ended_;
    server_->shut_down();
    thread_.join();
    return ended_;
  }

 private:
  explicit ServerThread(OwnServer own)
      : address_(to_text(own.options.address)),
        public_address_(to_text(own.public_address)),
        server_(ObjectServer::create(std::move(own.options)).value()),
        thread_([this] { ended_ = server_->run(); }) {}

  std::string address_;
  std::string public_address_;
  std::shared_ptr<ObjectServer> server_;
  bool ended_ = false;
  std::thread thread_;
};

// Asks again and again, for 60 s at most.
template <class Condition>
bool eventually(Condition&& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace penstock::sync
