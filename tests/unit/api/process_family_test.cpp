// Processes among each other: parents, children of children, many at once, and the keeper between.
#include <penstock/event.hpp>
#include <penstock/queue.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "penstock/process.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Process;
using penstock::ProcessOptions;

namespace {

constexpr auto kLong = 60s;

// Of any process, also one that is not a child: closed with the scope.
class PidFd {
 public:
  explicit PidFd(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  PidFd(const PidFd&) = delete;
  PidFd& operator=(const PidFd&) = delete;
  ~PidFd() { ::close(fd_); }

  bool there() const { return fd_ >= 0; }
  bool ended(int milliseconds) const {
    pollfd wanted{fd_, POLLIN, 0};
    return ::poll(&wanted, 1, milliseconds) == 1;
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("a process knows its name and its parent, and is another process") {
  const penstock::Queue<std::string> told;
  Process process(ProcessOptions{.name = "the child"}, "own.tell_who", told);
  process.start();
  process.join();
  CHECK(told.get() == "the child");
  const std::string pid = told.get();
  CHECK(pid == std::to_string(process.pid()));
  CHECK(pid != std::to_string(::getpid()));
  CHECK(told.get() == "MainProcess");
  CHECK(told.get() == std::to_string(::getpid()));
  CHECK_FALSE(penstock::parent_process());
  CHECK(penstock::current_process().pid == ::getpid());
}

TEST_CASE("processes start processes, and pass on what they were given") {
  const penstock::Queue<std::int64_t> depths;
  Process root("own.branch", depths, 2);
  root.start();
  REQUIRE(root.join_for(kLong));
  CHECK(root.exitcode() == 0);
  std::multiset<std::int64_t> found;
  while (const auto depth = depths.try_get()) found.insert(*depth);
  CHECK(found == std::multiset<std::int64_t>{0, 0, 0, 0, 1, 1, 2});
}

TEST_CASE("a task has a queue, a process and a pool of its own") {
  penstock::Pool pool({.processes = 1});
  CHECK(pool.apply<std::int64_t>("own.sum_of_squares", 5) == 0 + 1 + 4 + 9 + 16);
}

TEST_CASE("a child's child ends with the child, however that ends") {
  for (const bool killed : {true, false}) {
    const penstock::Queue<std::int64_t> pids;
    const penstock::Event gate;
    Process child("own.stay_with_child", pids, gate);
    child.start();
    const PidFd below(static_cast<pid_t>(pids.get()));
    REQUIRE(below.there());
    CHECK_FALSE(below.ended(0));
    if (killed) {
      REQUIRE(::kill(child.pid(), SIGKILL) == 0);
    } else {
      child.terminate();
    }
    CHECK(below.ended(60'000));
    child.join();
    CHECK(child.exitcode() == (killed ? -SIGKILL : -SIGTERM));
  }
}

TEST_CASE("many processes at once, that end by themselves or are ended") {
  constexpr int kMany = 25;
  const Gate gate;
  std::vector<Process> passing;
  std::vector<Process> spinning;
  for (int i = 0; i < kMany; ++i) {
    passing.emplace_back("own.pass", gate.entered, gate.open, i);
    spinning.emplace_back(ProcessOptions{.daemon = true}, "own.spin", i);
  }
  for (Process& process : passing) process.start();
  for (Process& process : spinning) process.start();
  CHECK(penstock::active_children().size() == 2 * kMany);
  std::set<std::int64_t> pids;
  for (int i = 0; i < kMany; ++i) pids.insert(gate.entered.get());
  CHECK(pids.size() == kMany);
  gate.open.set();
  for (Process& process : spinning) process.terminate();
  for (Process& process : passing) {
    REQUIRE(process.join_for(kLong));
    CHECK(process.exitcode() == 0);
  }
  for (Process& process : spinning) {
    REQUIRE(process.join_for(kLong));
    CHECK(process.exitcode() == -SIGTERM);
  }
  CHECK(penstock::active_children().empty());
}

TEST_CASE("a process has no more descriptors for those that were started before it") {
  const penstock::Queue<std::int64_t> told;
  const penstock::Event gate;
  std::vector<Process> processes;
  std::set<std::int64_t> counts;
  for (int i = 0; i < 8; ++i) {
    processes.emplace_back("own.tell_descriptors", told, gate);
    processes.back().start();
    counts.insert(told.get());
  }
  CHECK(counts.size() == 1);
  gate.set();
}

TEST_CASE("interrupts of the terminal do not reach the keeper, and another follows a dead one") {
  const Gate gate;
  Process before("own.pass", gate.entered, gate.open, 1);
  before.start();
  gate.entered.get();
  const pid_t keeper = parent_of(before.pid());
  REQUIRE(keeper != ::getpid());
  REQUIRE(::kill(keeper, SIGINT) == 0);
  Process among("own.square", 2);
  among.start();
  REQUIRE(among.join_for(kLong));
  CHECK(among.exitcode() == 0);
  CHECK(parent_of(before.pid()) == keeper);
  CHECK(before.is_alive());

  REQUIRE(::kill(keeper, SIGKILL) == 0);
  REQUIRE(before.join_for(kLong));  // it ends with its keeper
  CHECK(before.exitcode() == -SIGKILL);
  Process after("own.pass", gate.entered, gate.open, 1);
  after.start();
  gate.entered.get();
  CHECK(parent_of(after.pid()) != keeper);
  gate.open.set();
  REQUIRE(after.join_for(kLong));
  CHECK(after.exitcode() == 0);
}

TEST_CASE("a join goes on while signals arrive") {
  static std::atomic<int> handled{0};
  struct sigaction before {};
  struct sigaction action {};
  action.sa_handler = [](int) { ++handled; };
  ::sigaction(SIGUSR1, &action, &before);
  const Gate gate;
  Process process("own.pass", gate.entered, gate.open, 1);
  process.start();
  gate.entered.get();
  std::atomic<bool> over{false};
  std::thread sender([&, waiting = ::pthread_self()] {
    for (int sent = 0; !over; ++sent) {
      ::pthread_kill(waiting, SIGUSR1);
      if (handled > 100 && sent > 1'000) gate.open.set();
      std::this_thread::yield();
    }
  });
  process.join();
  over = true;
  sender.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  CHECK(handled > 100);
  CHECK(process.exitcode() == 0);
}

// Another thread holds the loop again and again, so that the beginning of a process and its end are
// often found in one turn.
TEST_CASE("a process that is over before anybody looks was started all the same") {
  penstock::Pool pool({.processes = 1});
  std::atomic<bool> over{false};
  std::thread busy([&] {
    for (; !over; std::this_thread::yield()) pool.stats();
  });
  for (int i = 0; i < 150; ++i) {
    Process process("own.leave", i);
    CHECK_NOTHROW(process.start());
    process.join();
    CHECK(process.pid() > 0);
    CHECK(process.sentinel() >= 0);
    CHECK(process.exitcode() == i);
  }
  over = true;
  busy.join();
}
