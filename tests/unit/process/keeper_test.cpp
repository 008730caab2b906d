// What a launched process gets and what is told about it.
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "launches.hpp"

using namespace penstock;

TEST_CASE("an exit is told with its status") {
  Launches launches;
  for (const int code : {0, 3, 255}) {
    const auto launched = launches.run({"exit", std::to_string(code)});
    CHECK(launched->pid > 0);
    REQUIRE(launched->death);
    CHECK(*launched->death == ExitStatus{0, code, false});
    CHECK_FALSE(launched->child.running());
  }
}

TEST_CASE("a signal is told by its number") {
  Launches launches;
  for (const int signal : {SIGSEGV, SIGABRT, SIGTERM, SIGKILL}) {
    const auto launched = launches.run({"signal", std::to_string(signal)});
    REQUIRE(launched->death);
    CHECK(launched->death.value().signal == signal);
    CHECK_FALSE(launched->death->core);
  }
}

TEST_CASE("a program that cannot be executed is told with the reason") {
  Launches launches;
  Launch what;
  SECTION("missing") {
    what.argv = {"/nowhere/program"};
    CHECK(launches.run(std::move(what))->failure ==
          "/nowhere/program: cannot be executed: no such file or directory");
  }
  SECTION("a folder") {
    what.argv = {"/tmp"};
    CHECK(launches.run(std::move(what))->failure == "/tmp: cannot be executed: permission denied");
  }
  SECTION("nothing at all") {
    CHECK_FALSE(launches.run(std::move(what))->failure.empty());
  }
  CHECK(launches.run({"exit", "7"})->death.value().code == 7);
}

TEST_CASE("a keeper that cannot be executed is an error") {
  boost::asio::io_context loop;
  const auto keeper = Keeper::start(loop, "/nowhere/penstock-keeper");
  REQUIRE(keeper.has_error());
  CHECK(std::string(keeper.error().what()) ==
        "/nowhere/penstock-keeper: cannot be executed: no such file or directory");
}

TEST_CASE("a name without a folder is looked for in PATH") {
  Launches launches;
  Launch what;
  what.argv = {"sh", "-c", "echo found"};
  CHECK(launches.run(std::move(what))->output == "found\n");
}

TEST_CASE("a process gets the given descriptors and no other") {
  const UniqueFd stray(::dup(1));  // not close-on-exec
  Launches launches;
  CHECK(launches.run({"descriptors"})->output == "0 1 2 \n");
  Launch what;
  what.argv = {ACTOR, "copy", "40"};
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    UniqueFd file(::memfd_create("test", MFD_CLOEXEC));
    write_all(file.get(), std::to_string(i)).value();
    what.fds.push_back(std::move(file));
    expected += std::to_string(i) + ' ';
  }
  CHECK(launches.run(std::move(what))->output == expected + '\n');
  Launch two;
  two.argv = {ACTOR, "descriptors"};
  two.fds.push_back(duplicate(0).value());
  two.fds.push_back(duplicate(0).value());
  CHECK(launches.run(std::move(two))->output == "0 1 2 3 4 \n");
}

TEST_CASE("a process inherits nothing that it is not given") {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ::signal(SIGUSR2, SIG_IGN);
  {
    Launches launches;
    CHECK(launches.run({"inheritance"})->output ==
          "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
          "stdin: /dev/null\ngroup: own\ncore: 0\n");
  }
  ::signal(SIGUSR2, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("the environment is the inherited one with what is added") {
  ::setenv("PENSTOCK_TEST_KEPT", "kept", 1);
  ::setenv("PENSTOCK_TEST_CHANGED", "old", 1);
  Launches launches;
  Launch what;
  what.argv = {ACTOR,
               "environment",
               "PENSTOCK_TEST_KEPT",
               "PENSTOCK_TEST_CHANGED",
               "PENSTOCK_TEST_NEW",
               "PENSTOCK_TEST_NONE"};
  what.env = {{"PENSTOCK_TEST_CHANGED", "new"}, {"PENSTOCK_TEST_NEW", "a=b c"}};
  CHECK(launches.run(std::move(what))->output ==
        "PENSTOCK_TEST_KEPT=kept\nPENSTOCK_TEST_CHANGED=new\nPENSTOCK_TEST_NEW=a=b c\n"
        "PENSTOCK_TEST_NONE=(none)\n");
}

TEST_CASE("arguments of more than a mebibyte are handed over, too much is refused") {
  Launches launches;
  Launch what;
  what.argv = {ACTOR, "sizes"};
  std::string expected;
  for (int i = 0; i < 12; ++i) {
    what.argv.emplace_back(100'000, 'a');
    expected += "100000 ";
  }
  CHECK(launches.run(std::move(what))->output == expected + "\n");
  Launch beyond;
  beyond.argv = {ACTOR, std::string(20 << 20, 'a')};
  CHECK_FALSE(launches.run(std::move(beyond))->failure.empty());
  Launch refused;
  refused.argv = {ACTOR, std::string(1 << 20, 'a')};
  CHECK(launches.run(std::move(refused))->failure ==
        std::string(ACTOR) + ": cannot be executed: argument list too long");
}

TEST_CASE("a limit on data makes an allocation fail") {
  Launches launches;
  for (const std::uint64_t limit : {std::uint64_t{64} << 20, std::uint64_t{0}}) {
    Launch what;
    what.argv = {ACTOR, "allocate", std::to_string(256 << 20)};
    what.data_limit = limit;
    CHECK(launches.run(std::move(what))->output == (limit > 0 ? "no\n" : "yes\n"));
  }
}

TEST_CASE("a process is as nice as it is told to be, and runs on its cores") {
  Launches launches;
  const auto told = [&](std::optional<int> nice, std::vector<unsigned> cpus) {
    Launch what;
    what.argv = {"sh", "-c", "nice; sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status"};
    what.nice = nice;
    what.cpus = std::move(cpus);
    return launches.run(std::move(what))->output;
  };
  cpu_set_t cores;
  REQUIRE(::sched_getaffinity(0, sizeof cores, &cores) == 0);
  unsigned last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(last, &cores)) --last;
  const std::string as_here = told({}, {});
  CHECK(told(7, {}) == "7" + as_here.substr(as_here.find('\n')));
  CHECK(told({}, {last}) ==
        as_here.substr(0, as_here.find('\n')) + '\n' + std::to_string(last) + '\n');
}

TEST_CASE("cores that are not there are told") {
  Launches launches;
  Launch what;
  what.argv = {ACTOR, "exit", "0"};
  what.cpus = {8000};
  CHECK(launches.run(std::move(what))->failure ==
        std::string(ACTOR) +
            ": none of its `cpus` can be used here: invalid argument; `taskset -pc $$` lists those "
            "that can");
}

TEST_CASE("64 processes at once, each with its own end") {
  Launches launches;
  std::vector<std::unique_ptr<Launched>> all;
  for (int i = 0; i < 64; ++i) all.push_back(launches.launch({"exit", std::to_string(i)}));
  for (int i = 0; i < 64; ++i) {
    loop_until(launches.loop, [&] { return all[i]->over(); });
    REQUIRE(all[i]->death);
    CHECK(all[i]->death.value().code == i);
  }
}

TEST_CASE("a signal that is sent right after the launch is not lost") {
  Launches launches;
  const auto launched = launches.launch({"stay"});
  launched->child.kill(SIGTERM);
  loop_until(launches.loop, [&] { return launched->over(); });
  REQUIRE(launched->death);
  CHECK(launched->death.value().signal == SIGTERM);
}
