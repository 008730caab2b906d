// Process: one task in a process of its own.
#include "penstock/process.hpp"

#include <penstock/queue.hpp>

#include <poll.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include "catch.hpp"
#include "gate.hpp"
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
  CHECK(process.sentinel() == -1);
  CHECK_FALSE(process.exitcode());
  process.start();
  CHECK(process.pid() > 0);
  CHECK(process.pid() != ::getpid());
  process.join();
  CHECK_FALSE(process.is_alive());
  CHECK(process.exitcode() == 0);
  CHECK(queue.size() == 3);
  // What may be asked of one that has ended, again and again.
  process.join();
  CHECK(process.join_for(0s));
  process.terminate();
  process.kill();
  CHECK(process.exitcode() == 0);
  CHECK(process.pid() > 0);
  CHECK_THROWS_WITH(process.start(), Catch::Contains("was started already"));
}

TEST_CASE("how a process has ended") {
  Process threw("own.fail_at", 1, 1);
  Process left("own.leave", 7);
  Process aborted("own.die_at", 1, 1);
  Process exited("own.exit", 0);
  Process exited_badly("own.exit", 8);
  const auto all = {&threw, &left, &aborted, &exited, &exited_badly};
  for (Process* process : all) process->start();
  for (Process* process : all) REQUIRE(process->join_for(kLong));
  CHECK(exited.exitcode() == 0);
  CHECK(exited_badly.exitcode() == 8);
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
  for (const auto timeout : {1ms, 0ms, -1ms}) CHECK_FALSE(terminated.join_for(timeout));
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
  CHECK_FALSE(Process("own.spin", 1).daemon());
  CHECK(penstock::active_children().empty());
  named.start();
  const auto children = penstock::active_children();
  REQUIRE(children.size() == 1);
  CHECK(children.front().name == "my process");
  CHECK(children.front().pid == named.pid());
  CHECK(named.is_alive());
  named.kill();
  named.join();
  CHECK(penstock::active_children().empty());
  CHECK(penstock::current_process().name == "MainProcess");
  CHECK(penstock::current_process().pid == ::getpid());
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

TEST_CASE("arguments of any number and type arrive as they were given") {
  const penstock::Queue<std::string> told;
  const std::vector<std::int64_t> numbers{1, 2, 3};
  Process process("own.tell_arguments", told, -7, 1.5, "text", true, Page{"url", {"a", "b"}},
                  numbers);
  Process none("own.answer");
  process.start();
  none.start();
  process.join();
  none.join();
  CHECK(told.get() == "-7 1.5 text 1 url 2 3 3");
  CHECK(told.empty());
  CHECK(none.exitcode() == 0);
}

TEST_CASE("what a process says on stderr before it fails arrives, and then why it failed") {
  const CapturedStderr captured;
  Process process(penstock::ProcessOptions{.name = "the child"}, "own.complain", "listen\n");
  process.start();
  process.join();
  CHECK(process.exitcode() == 1);
  CHECK(eventually([&] { return captured.text().find("listen") != std::string::npos; }));
  CHECK_THAT(captured.text(), Catch::Contains("the child (own.complain): failed") &&
                                  Catch::Contains("it had to be said"));
}

TEST_CASE("a task that closes its standard streams ends well") {
  Process process("own.close_streams");
  process.start();
  REQUIRE(process.join_for(kLong));
  CHECK(process.exitcode() == 0);
}

TEST_CASE("what cannot be started is told") {
  CHECK_THROWS_WITH(Process("own.spn", 1), Catch::Contains("did you mean `own.spin`?"));
  CHECK_THROWS_WITH(Process("own.spin", "text"), Catch::Contains("text is given where int"));
  Process process("own.spin", 1);
  CHECK_THROWS_WITH(process.join(), Catch::Contains("was not started"));
  CHECK_THROWS_WITH(process.terminate(), Catch::Contains("was not started"));
}
