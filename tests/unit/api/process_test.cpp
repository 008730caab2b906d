// Process: one task in a process of its own.
#include "penstock/process.hpp"

#include <penstock/queue.hpp>

#include <poll.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include "catch.hpp"
#include "own_tasks.hpp"
#include "worker_pids.hpp"

using namespace std::chrono_literals;
using penstock::Process;

namespace {

constexpr auto kLong = 60s;

bool readable(int fd, int milliseconds) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, milliseconds) == 1;
}

}  // namespace

TEST_CASE("a process runs its task and ends") {
  penstock::Queue<std::int64_t> queue;
  Process process("own.count_up", queue, 3);
  CHECK_FALSE(process.is_alive());
  CHECK(process.pid() == 0);
  CHECK_FALSE(process.exitcode());
  process.start();
  CHECK(process.pid() > 0);
  CHECK(process.pid() != ::getpid());
  process.join();
  CHECK_FALSE(process.is_alive());
  CHECK(process.exitcode() == 0);
  CHECK(queue.size() == 3);
  CHECK_THROWS_WITH(process.start(), Catch::Contains("was started already"));
}

TEST_CASE("how a process has ended") {
  Process threw("own.fail_at", 1, 1);
  Process left("own.leave", 7);
  Process aborted("own.die_at", 1, 1);
  for (Process* process : {&threw, &left, &aborted}) process->start();
  for (Process* process : {&threw, &left, &aborted}) REQUIRE(process->join_for(kLong));
  CHECK(threw.exitcode() == 1);
  CHECK(left.exitcode() == 7);
  CHECK(aborted.exitcode() == -SIGABRT);
}

TEST_CASE("terminate and kill, and join returns at once") {
  Process terminated("own.spin", 1);
  Process killed("own.spin", 1);
  terminated.start();
  killed.start();
  CHECK(terminated.is_alive());
  CHECK_FALSE(terminated.join_for(1ms));
  CHECK_FALSE(readable(terminated.sentinel(), 0));
  terminated.terminate();
  killed.kill();
  REQUIRE(terminated.join_for(kLong));
  REQUIRE(killed.join_for(kLong));
  CHECK(terminated.exitcode() == -SIGTERM);
  CHECK(killed.exitcode() == -SIGKILL);
  CHECK(readable(terminated.sentinel(), 0));
  terminated.kill();  // nothing any more
}

TEST_CASE("a process that is killed from outside") {
  Process process("own.spin", 1);
  process.start();
  REQUIRE(::kill(process.pid(), SIGKILL) == 0);
  REQUIRE(readable(process.sentinel(), 60'000));
  process.join();
  CHECK(process.exitcode() == -SIGKILL);
}

TEST_CASE("names, and who is alive") {
  Process named(penstock::ProcessOptions{.name = "my process", .daemon = true}, "own.spin", 1);
  CHECK(named.name() == "my process");
  CHECK(named.daemon());
  CHECK(penstock::active_children().empty());
  named.start();
  const auto children = penstock::active_children();
  REQUIRE(children.size() == 1);
  CHECK(children.front().name == "my process");
  CHECK(children.front().pid == named.pid());
  CHECK(penstock::current_process().name == "MainProcess");
  CHECK_FALSE(penstock::parent_process());
  CHECK(penstock::cpu_count() > 0);
}

TEST_CASE("leaving the scope leaves no process") {
  {
    Process daemon(penstock::ProcessOptions{.daemon = true}, "own.spin", 1);
    daemon.start();
    CHECK(worker_pids().size() == 1);
  }
  CHECK(worker_pids().empty());
  penstock::Queue<std::int64_t> queue;
  {
    Process waited_for("own.count_up", queue, 10'000);
    waited_for.start();
  }
  CHECK(queue.size() == 10'000);
  try {
    Process process("own.spin", 1);
    process.start();
    throw std::runtime_error("passes");
  } catch (const std::runtime_error&) {
  }
  CHECK(worker_pids().empty());
}

TEST_CASE("what cannot be started is told") {
  CHECK_THROWS_WITH(Process("own.spn", 1), Catch::Contains("did you mean `own.spin`?"));
  CHECK_THROWS_WITH(Process("own.spin", "text"), Catch::Contains("text is given where int"));
  Process process("own.spin", 1);
  CHECK_THROWS_WITH(process.join(), Catch::Contains("was not started"));
  CHECK_THROWS_WITH(process.terminate(), Catch::Contains("was not started"));
}
