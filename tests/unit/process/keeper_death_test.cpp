// Nothing outlives whom it belongs to, whoever dies.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launches.hpp"
#include "process/spawn.hpp"

using namespace penstock;

namespace {

Launch with_lifeline(std::vector<std::string> argv, const Lifeline& lifeline) {
  Launch what;
  what.argv = std::move(argv);
  what.fds.push_back(duplicate(lifeline.writer.get()).value());
  return what;
}

bool alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

void reap(pid_t pid) {
  siginfo_t ignored;
  ::waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED);
}

}  // namespace

TEST_CASE("a signal goes to the whole process group") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  const auto launched = launches.launch(with_lifeline({ACTOR, "family"}, lifeline));
  lifeline.wait_for("child ", 2);
  launched->child.kill(SIGKILL);
  loop_until(launches.loop, [&] { return launched->over(); });
  CHECK(launched->death.value().signal == SIGKILL);
  lifeline.wait_for_end();
}

TEST_CASE("what a process leaves behind dies with it, in its group or in a session of its own") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  auto ticket = create_pipe().value();
  auto what = with_lifeline({ACTOR, "leave"}, lifeline);
  what.fds.push_back(std::move(ticket.read));
  const auto launched = launches.launch(std::move(what));
  lifeline.wait_for("child ", 2);
  CHECK_FALSE(launched->over());
  write_all(ticket.write.get(), "x").value();
  loop_until(launches.loop, [&] { return launched->over(); });
  CHECK(launched->death.value().is_clean());
  lifeline.wait_for_end();
}

TEST_CASE("a living process keeps its orphans when another one dies") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  const auto launched = launches.launch(with_lifeline({ACTOR, "orphan"}, lifeline));
  lifeline.wait_for("child ", 1);
  for (int i = 0; i < 3; ++i) launches.run({"exit", "0"});
  CHECK(alive(lifeline.numbers("child ").front()));
  launched->child.kill(SIGKILL);
  lifeline.wait_for_end();
}

TEST_CASE("destroying a child ends it in silence") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  auto launched = launches.launch(with_lifeline({ACTOR, "family"}, lifeline));
  lifeline.wait_for("child ", 2);
  launched->child = Child();
  lifeline.wait_for_end();
  launches.run({"exit", "0"});
  CHECK_FALSE(launched->over());
}

TEST_CASE("a child may be destroyed in each of its events") {
  Launches launches;
  for (const std::string program : {ACTOR, "/nowhere"}) {
    Child child;
    int started = 0;
    int ended = 0;
    ChildEvents events;
    events.started = [&](pid_t) { ++started; };
    events.failed = [&](const std::string&) {
      child = Child();
      ++ended;
    };
    events.died = [&](const ExitStatus&) {
      child = Child();
      ++ended;
    };
    Launch what;
    what.argv = {program, "exit", "0"};
    child = launches.keeper->launch(std::move(what), std::move(events));
    loop_until(launches.loop, [&] { return ended > 0; });
    CHECK(started == (program == ACTOR ? 1 : 0));
  }
  Child child;
  bool started = false;
  ChildEvents events;
  events.started = [&](pid_t) {
    started = true;
    child = Child();
  };
  Launch what;
  what.argv = {ACTOR, "stay"};
  child = launches.keeper->launch(std::move(what), std::move(events));
  loop_until(launches.loop, [&] { return started; });
  CHECK(launches.run({"exit", "0"})->death.value().is_clean());
}

TEST_CASE("a lost keeper takes everything along, and the next launch starts another one") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  std::vector<std::unique_ptr<Launched>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(launches.launch(with_lifeline({ACTOR, "stay"}, lifeline)));
  }
  lifeline.wait_for("here ", 4);
  const pid_t first = launches.keeper->pid();
  ::kill(first, SIGKILL);
  for (const auto& launched : all) {
    loop_until(launches.loop, [&] { return launched->over(); });
    CHECK(launched->lost);
    CHECK_FALSE(launched->death);
  }
  lifeline.wait_for_end();
  CHECK(launches.keeper->pid() == 0);
  CHECK(launches.run({"exit", "5"})->death.value().code == 5);
  CHECK(launches.keeper->pid() != first);
}

TEST_CASE("what a process has forked into its group goes with a lost keeper, too") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  const auto launched = launches.launch(with_lifeline({ACTOR, "orphan"}, lifeline));
  lifeline.wait_for("child ", 1);
  loop_until(launches.loop, [&] { return launched->pid > 0; });
  ::kill(launches.keeper->pid(), SIGKILL);
  loop_until(launches.loop, [&] { return launched->lost; });
  lifeline.wait_for_end();
}

TEST_CASE("a keeper is deaf to the signals of a terminal") {
  Launches launches;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    ::kill(launches.keeper->pid(), signal);
  }
  CHECK(launches.run({"exit", "5"})->death.value().code == 5);
}

TEST_CASE("stopping leaves nothing behind, with and without a loop that runs") {
  Launches launches;
  Lifeline lifeline(launches.loop);
  const auto launched = launches.launch(with_lifeline({ACTOR, "family"}, lifeline));
  lifeline.wait_for("child ", 2);
  const pid_t pid = launches.keeper->pid();
  SECTION("stop") {
    bool done = false;
    launches.keeper->stop([&] { done = true; });
    loop_until(launches.loop, [&] { return done; });
    CHECK_FALSE(launches.run({"exit", "0"})->failure.empty());
  }
  SECTION("destructor") {
    launches.keeper.reset();
  }
  CHECK_FALSE(alive(pid));  // reaped, too
  CHECK_FALSE(launched->over());
  lifeline.wait_for_end();
}

TEST_CASE("nothing survives an engine that is killed") {
  boost::asio::io_context loop;
  Lifeline lifeline(loop);
  Spawn what;
  what.argv = {ENGINE, ACTOR};
  what.fds = {lifeline.writer.get()};
  what.output = 2;
  const pid_t engine = spawn(what).value();
  lifeline.wait_for("child ", 6);
  lifeline.wait_for("keeper ", 1);
  ::kill(engine, SIGKILL);
  reap(engine);
  lifeline.wait_for_end();
}

TEST_CASE("no worker survives an engine and a keeper that are killed together") {
  boost::asio::io_context loop;
  Lifeline lifeline(loop);
  Spawn what;
  what.argv = {ENGINE, ACTOR, "stay"};
  what.fds = {lifeline.writer.get()};
  what.output = 2;
  const pid_t engine = spawn(what).value();
  lifeline.wait_for("keeper ", 1);
  lifeline.wait_for("here ", 3);
  ::kill(engine, SIGKILL);
  ::kill(lifeline.numbers("keeper ").front(), SIGKILL);
  reap(engine);
  lifeline.wait_for_end();
}
