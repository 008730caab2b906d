// Shared memory and managers in a program: passed on to its tasks, and gone when they are to be.
#include <penstock/event.hpp>
#include <penstock/manager.hpp>
#include <penstock/pool.hpp>
#include <penstock/process.hpp>
#include <penstock/semaphore.hpp>
#include <penstock/shared_memory.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"
#include "own_tasks.hpp"
#include "worker_pids.hpp"

using penstock::Manager;

namespace {

class Adder {
 public:
  explicit Adder(std::int64_t first) : total_(first) {}
  std::int64_t add(std::int64_t number) { return total_ += number; }
  void refuse() { throw std::domain_error("not this one"); }
  std::int64_t process() const { return ::getpid(); }
  std::int64_t hidden() const { return total_; }

 private:
  std::int64_t total_;
};

const auto adder = penstock::manager_type<Adder>("adder")
                       .constructor<std::int64_t>()
                       .method<&Adder::add>("add")
                       .method<&Adder::refuse>("refuse")
                       .method<&Adder::process>("process");

// Gives what the first byte was.
std::int64_t fill(penstock::SharedMemory memory, std::int64_t value) {
  const auto before = static_cast<std::int64_t>(memory[0]);
  std::ranges::fill(memory.span(), static_cast<std::byte>(value));
  return before;
}

void hold_permit(penstock::Semaphore permits, penstock::Event held) {
  permits.acquire();
  held.set();
  for (;;) ::pause();
}

void take_and_give(penstock::Semaphore permits, penstock::Event begun) {
  for (;; begun.set()) {
    for (int i = 0; i != 1000; ++i) {
      permits.acquire();
      permits.release();
    }
  }
}

bool is_stopped(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(status, line);
  return line.find(") T ") != std::string::npos;
}

// With objects of the program's own type; gives the pid of the server.
pid_t use(const Manager& manager) {
  const auto sum = manager.create<Adder>("adder", 5);
  CHECK(sum.call<&Adder::add>(3) == 8);
  CHECK(sum.call<std::int64_t>("add", 2) == 10);
  CHECK_THROWS_AS(sum.call<&Adder::refuse>(), penstock::RemoteError);
  CHECK_THROWS_WITH(sum.call<std::int64_t>("hidden"), Catch::Contains("no method"));
  CHECK_THROWS_WITH(manager.create("subtracter"), Catch::Contains("there is: adder"));
  const std::int64_t server = sum.call<&Adder::process>();
  CHECK(server == manager.pid());
  CHECK(server != ::getpid());
  return static_cast<pid_t>(server);
}

bool ends(pid_t pid) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (parent_of(pid) != 0) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

void add_shared_tasks(penstock::Plugin& plugin) {
  plugin.transform("fill", "all bytes of shared memory", fill);
  plugin.transform("hold_permit", "for ever", hold_permit);
  plugin.transform("take_and_give", "a permit, for ever", take_and_give);
}

TEST_CASE("shared memory that is passed on is the same memory in every process") {
  penstock::SharedMemory memory(100'000);
  memory[0] = std::byte{3};
  penstock::Pool pool({.processes = 2});
  CHECK(pool.apply<std::int64_t>("own.fill", memory, 4) == 3);
  CHECK((memory.span().front() == std::byte{4} && memory.span().back() == std::byte{4}));
  penstock::Process process("own.fill", memory, 5);
  process.start();
  process.join();
  CHECK(process.exitcode() == 0);
  CHECK((memory.span().front() == std::byte{5} && memory.span().back() == std::byte{5}));

  const penstock::SharedMemory copy = memory;
  memory = penstock::SharedMemory();
  CHECK(pool.apply<std::int64_t>("own.fill", copy, 6) == 5);
  CHECK(copy.span().back() == std::byte{6});
  CHECK(pool.apply<std::int64_t>("own.fill", penstock::SharedMemory(10), 6) == 0);  // another one
}

// Who is stopped may be in the middle of a step, where nobody else can look at the semaphore.
TEST_CASE("a dead process gives its permit back although another one is stopped meanwhile") {
  for (int round = 0; round != 10; ++round) {
    const penstock::Semaphore permits(2);
    const penstock::Event held;
    const penstock::Event begun;
    penstock::Process holder("own.hold_permit", permits, held);
    penstock::Process other("own.take_and_give", permits, begun);
    holder.start();
    other.start();
    held.wait();
    begun.wait();
    ::kill(other.pid(), SIGSTOP);
    while (!is_stopped(other.pid())) std::this_thread::yield();
    holder.kill();
    holder.join();
    ::kill(other.pid(), SIGCONT);
    other.kill();
    other.join();
    REQUIRE(permits.try_acquire_for(std::chrono::seconds(20)));
    REQUIRE(permits.try_acquire_for(std::chrono::seconds(20)));
  }
}

TEST_CASE("the scope of a manager ends its server") {
  pid_t server = 0;
  std::optional<penstock::Proxy<Adder>> left;
  {
    const Manager manager;
    server = use(manager);
    left = manager.create<Adder>("adder", 1);
    CHECK(parent_of(server) != 0);
  }
  CHECK(ends(server));
  CHECK_THROWS_WITH(left->call<&Adder::add>(1), Catch::Contains("was shut down"));
  CHECK_THROWS_AS(left->call<&Adder::add>(1), penstock::ManagerLost);
}

TEST_CASE("a manager that was shut down has nothing more to end") {
  std::optional<Manager> manager(std::in_place);
  const pid_t server = use(*manager);
  const auto left = manager->create<Adder>("adder", 1);
  manager->shutdown();
  CHECK(ends(server));
  CHECK_THROWS_WITH(left.call<&Adder::add>(1), Catch::Contains("was shut down"));
  CHECK_THROWS_AS(manager->list<int>(), penstock::ManagerLost);
  manager.reset();
  const Manager another;
  CHECK(use(another) != server);
}

// Whether the text of the error says so, at the latest when the program knows of the end.
bool is_told(const penstock::Proxy<Adder>& left, const std::string& how) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (std::string told; std::chrono::steady_clock::now() < until;) {
    try {
      left.call<&Adder::add>(1);
    } catch (const penstock::ManagerLost& lost) {
      told = lost.what();
    }
    if (told.find(how) != std::string::npos) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST_CASE("a manager whose server dies, or goes with its keeper, says which") {
  {
    const Manager manager;
    const auto left = manager.create<Adder>("adder", 1);
    REQUIRE(::kill(manager.pid(), SIGKILL) == 0);
    CHECK(is_told(left, "died: killed by SIGKILL"));
  }
  const Manager manager;
  const auto left = manager.create<Adder>("adder", 1);
  const pid_t server = manager.pid();
  const pid_t keeper = parent_of(server);
  REQUIRE(keeper != ::getpid());
  REQUIRE(::kill(keeper, SIGKILL) == 0);
  CHECK(is_told(left, "was killed with the keeper of this program; its objects are gone"));
  CHECK(ends(server));
  const Manager another;
  CHECK(use(another) != server);
}
