// A process that forks without more ado: its child has connections and references of its own.
#include <string>
#include <vector>

#include "../forked.hpp"
#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

TEST_CASE("a forked child goes on with the proxies of its parent") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({1});
  Forked child([&] {
    list.append(2);
    return list.copy() == std::vector<int>{1, 2} && manager.list<int>({3})[0] == 3;
  });
  CHECK(child.join());
  CHECK(list.copy() == std::vector<int>{1, 2});
  CHECK(eventually([&] { return manager.object_count() == 2; }));
}

TEST_CASE("what a forked child lets go of, its parent still has, and the other way round") {
  const ServerProcess server;
  const Manager manager = server.manager();
  std::optional<List<int>> list = manager.list<int>({1});
  const managed::Event dropped = manager.event();
  const managed::Event held = manager.event();
  Forked child([&] {
    if (list->size() != 1) return false;
    held.set();
    dropped.wait();
    if (list->copy() != std::vector<int>{1}) return false;
    list.reset();
    return true;
  });
  held.wait();
  list.reset();
  dropped.set();
  CHECK(child.join());
  CHECK(eventually([&] { return manager.object_count() == 3; }));
}

TEST_CASE("parent and child ask at the same time, and get what they asked for") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto counts = manager.dict<int, int>();
  std::vector<Forked> children;
  for (int i = 1; i != 5; ++i) {
    children.emplace_back([&, i] {
      for (int n = 1; n != 200; ++n) {
        if ((counts[i] += 1) != n) return false;
      }
      return true;
    });
  }
  for (int n = 1; n != 200; ++n) CHECK((counts[0] += 1) == n);
  for (Forked& child : children) CHECK(child.join());
}

TEST_CASE("the death of a parent that has forked is noticed while its child lives") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Mutex mutex = manager.mutex();
  const auto grandchild = manager.value<int>();
  const managed::Event ready = manager.event();
  manager.names().set("mutex", mutex);
  manager.names().set("pid", grandchild);
  manager.names().set("ready", ready);
  Forked parent([&] {
    const Manager own = Manager::connect(server.address());
    own.names().get<managed::Mutex>("mutex").lock();
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) ::pause();
    }
    own.names().get<managed::Value<int>>("pid").set(static_cast<int>(child));
    own.names().get<managed::Event>("ready").set();
    for (;;) ::pause();
    return true;
  });
  REQUIRE(ready.wait(std::chrono::seconds(60)));
  parent.kill();
  CHECK(mutex.try_lock_for(std::chrono::seconds(60)));
  ::kill(grandchild.get(), SIGKILL);
}

}  // namespace
}  // namespace penstock::sync
