#include "penstock/managed/type.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

std::atomic<int> counters{0};

// What a test registers.
class Counter {
 public:
  explicit Counter(int first = 0) : total_(first) { ++counters; }
  Counter(int first, const std::string& unit) : total_(first), unit_(unit) {
    if (unit == "none") throw std::invalid_argument("there is no such unit");
    ++counters;
  }
  ~Counter() { --counters; }

  int add(int n) { return total_ += n; }
  std::string_view unit() const { return unit_; }
  void rename(std::string_view unit) { unit_ = unit; }
  int fail(const std::string& why) { throw std::domain_error(why); }
  void fail_oddly() { throw 7; }  // NOLINT: what a user may do

  // Two calls at a time would be seen.
  int slowly() {
    const int before = total_;
    std::this_thread::yield();
    return total_ = before + 1;
  }

  int subtract(int n) { return total_ -= n; }  // not registered

  void collect(List<int> into) { into_ = into; }
  void tell(int n) { into_.append(n); }
  List<int> collected() const { return into_; }

 private:
  int total_ = 0;
  std::string unit_ = "pieces";
  List<int> into_;
};

const auto counter = manager_type<Counter>("counter")
                         .constructor<int>()
                         .constructor<int, const std::string&>()
                         .method<&Counter::add>("add")
                         .method<&Counter::unit>("unit")
                         .method<&Counter::rename>("rename")
                         .method<&Counter::fail>("fail")
                         .method<&Counter::fail_oddly>("fail_oddly")
                         .method<&Counter::slowly>("slowly")
                         .method<&Counter::collect>("collect")
                         .method<&Counter::tell>("tell")
                         .method<&Counter::collected>("collected");

// One that waits inside, and is woken by another call of the same object.
class Gate {
 public:
  void pass() {
    while (!open_) std::this_thread::yield();
  }
  void open() { open_ = true; }

 private:
  std::atomic<bool> open_{false};
};
const auto gate =
    manager_type<Gate>("gate").method<&Gate::pass>("pass").method<&Gate::open>("open").concurrent();

TEST_CASE("methods of a registered type are called in the server") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Proxy<Counter> clicks = manager.create<Counter>("counter");
  CHECK(clicks.call<&Counter::add>(3) == 3);
  CHECK(clicks.call<&Counter::add>(4) == 7);
  CHECK(clicks.call<&Counter::unit>() == "pieces");
  clicks.call<&Counter::rename>("clicks");
  CHECK(clicks.call<&Counter::unit>() == "clicks");
  CHECK(manager.create<Counter>("counter", 10).call<&Counter::add>(1) == 11);
  CHECK(manager.create<Counter>("counter", 0, "m").call<&Counter::unit>() == "m");
}

TEST_CASE("methods are called by name where the type is not known") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Proxy<> clicks = manager.create("counter", 1);
  CHECK(clicks.call<int>("add", 2) == 3);
  clicks.call("rename", "clicks");
  CHECK(clicks.call<std::string>("unit") == "clicks");
  clicks.call("add", 1);  // the result is dropped
  CHECK(clicks.call<double>("add", 1) == 5.0);
  CHECK_THROWS_WITH(clicks.call<int>("rename", "x"), "manager: the method gives nothing");
  CHECK_THROWS_AS(clicks.call<int>("unit"), ManagerError);
}

TEST_CASE("an object is destroyed with its last proxy") {
  const ServerThread server;
  const Manager manager = server.manager();
  CHECK(counters == 0);
  {
    const auto one = manager.create<Counter>("counter");
    const auto same = one;
    const auto list = manager.list<Proxy<Counter>>({one});
    CHECK(counters == 1);
    CHECK(list[0]->call<&Counter::add>(1) == 1);
  }
  CHECK(counters == 0);
}

TEST_CASE("what a method throws comes back with its type and its text") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto clicks = manager.create<Counter>("counter");
  try {
    clicks.call<&Counter::fail>("out of bounds");
    FAIL("nothing was thrown");
  } catch (const RemoteError& error) {
    CHECK(error.type() == "std::domain_error");
    CHECK(std::string(error.what()) == "manager: counter.fail: std::domain_error: out of bounds");
  }
  CHECK_THROWS_WITH(clicks.call<&Counter::fail_oddly>(), "manager: counter.fail_oddly: int");
  CHECK_THROWS_WITH(manager.create<Counter>("counter", 1, "none"),
                    "manager: counter: std::invalid_argument: there is no such unit");
  CHECK(clicks.call<&Counter::add>(1) == 1);  // the object goes on
  CHECK_THROWS_AS(clicks.call<int>("add", "text"), RemoteError);
}

TEST_CASE("what is not registered is refused with what is") {
  const ServerThread server;
  const Manager manager = server.manager();
  CHECK_THROWS_WITH(
      manager.create("clock"),
      "manager: no type 'clock' is registered in the server's program; there is: counter, gate");
  CHECK_THROWS_WITH(
      manager.create("counter", 1, 2, 3),
      "manager: type 'counter' has no constructor of 3 arguments that was registered");
  const auto passing = manager.create<Gate>("gate");
  CHECK_THROWS_WITH(passing.call("close"),
                    "manager: gate.close is no method that was registered; there is: open pass");
  CHECK_THROWS_WITH(passing.call("open", 1), "manager: gate.open takes 0 arguments, and not 1");
  CHECK_THROWS_AS(manager_type<Gate>("counter"), ManagerError);
  CHECK_THROWS_WITH(manager.create<Counter>("counter").call<&Counter::subtract>(1),
                    "manager: this method is not registered: add "
                    ".method<&Type::function>(\"name\") to the manager_type of its type");
}

TEST_CASE("one object is called by one thread at a time") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto clicks = manager.create<Counter>("counter");
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n != 100; ++n) clicks.call<&Counter::slowly>();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(clicks.call<&Counter::add>(0) == 400);
}

TEST_CASE("calls of a concurrent type run side by side") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto door = manager.create<Gate>("gate");
  std::thread waiting([&] { door.call<&Gate::pass>(); });
  door.call<&Gate::open>();
  waiting.join();
}

TEST_CASE("objects take proxies and give them") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto clicks = manager.create<Counter>("counter");
  {
    const List<int> list = manager.list<int>({1});
    clicks.call<&Counter::collect>(list);
  }
  clicks.call<&Counter::tell>(2);
  const List<int> list = clicks.call<&Counter::collected>();
  CHECK(list.copy() == std::vector<int>{1, 2});
}

TEST_CASE("the server's process has the types of the program") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto clicks = manager.create<Counter>("counter", 5);
  CHECK(clicks.call<&Counter::add>(1) == 6);
  CHECK(counters == 0);  // it lives elsewhere
  CHECK(manager.pid() == server.pid());
}

}  // namespace
}  // namespace penstock::sync
