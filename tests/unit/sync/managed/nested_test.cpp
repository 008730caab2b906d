#include <string>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using Numbers = std::vector<int>;
using Supplies = Dict<std::string, int>;

TEST_CASE("a nested list changes where it is") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto lists = manager.list<List<int>>();
  for (int i = 0; i != 3; ++i) lists.append(manager.list<int>({0, 1, 2}));
  lists[0][-1] = 55;
  CHECK(lists[0]->copy() == Numbers{0, 1, 55});
  CHECK(lists[1]->copy() == Numbers{0, 1, 2});
  CHECK(lists[1]->pop() == 2);
  CHECK(lists[1]->size() == 2);
  CHECK(lists[2]->size() == 3);
  const List<int> outside = lists[2];
  outside.append(9);
  CHECK(lists[2]->back() == 9);
}

TEST_CASE("a nested dict changes where it is, and lives on in the outer one") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto all = manager.dict<std::string, Supplies>();
  {
    const Supplies pets = manager.dict<std::string, int>({{"ferrets", 2}, {"hamsters", 4}});
    const Supplies supplies = manager.dict<std::string, int>({{"water", 10}, {"feed", 3}});
    all["pets"] = pets;
    all["supplies"] = supplies;
    CHECK(all["supplies"]["water"] == 10);
    all["supplies"]["blankets"] = 5;
    CHECK(supplies["blankets"] == 5);
    supplies["water"] = 7;
    CHECK((all["supplies"]["water"] += 1) == 8);
  }
  CHECK(all["pets"]["ferrets"] == 2);
  all["supplies"]["blankets"] = 11;
  CHECK(all["supplies"]["blankets"] == 11);

  const Supplies supplies = all["supplies"];
  const Supplies pets = all["pets"];
  all.clear();
  CHECK(supplies["blankets"] == 11);
  CHECK(pets["hamsters"] == 4);

  const auto list = manager.list<Supplies>({pets, supplies});
  list[0]["marmots"] = 1;
  CHECK(pets["marmots"] == 1);
  const auto outer = manager.list<List<Supplies>>({list});
  CHECK(outer[-1][-1]["feed"] == 3);
}

TEST_CASE("an object goes with the last proxy and the last value that name it") {
  const ServerThread server;
  const Manager manager = server.manager();
  const std::size_t before = manager.object_count();
  const auto all = manager.dict<std::string, List<int>>();
  {
    const List<int> list = manager.list<int>();
    CHECK(manager.object_count() == before + 2);
    all["a"] = list;
    all["b"] = list;
  }
  CHECK(manager.object_count() == before + 2);
  all.erase("a");
  CHECK(manager.object_count() == before + 2);
  {
    const std::vector<List<int>> values = all.values();
    const auto items = all.items();
    CHECK(values[0] == items[0].second);
    all["b"] = manager.list<int>();
    CHECK(manager.object_count() == before + 3);
    CHECK(values[0].empty());
  }
  CHECK(manager.object_count() == before + 2);
  CHECK(all.pop("b").has_value());
  CHECK(manager.object_count() == before + 1);
}

TEST_CASE("every way out of a container lets go of what it held") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto fresh = [&] { return manager.list<int>(); };
  const auto list = manager.list<List<int>>();
  const auto queue = manager.queue<List<int>>();
  const auto value = manager.value<List<int>>(fresh());
  const std::size_t before = manager.object_count();
  list.append(fresh());
  list.set(0, fresh());
  list.insert(0, fresh());
  CHECK(manager.object_count() == before + 2);
  list.pop();
  list.erase(0);
  list.extend(std::vector<List<int>>{fresh(), fresh(), fresh()});
  list.remove(list[1]);
  list.assign(std::vector<List<int>>{fresh()});
  CHECK(manager.object_count() == before + 1);
  list.clear();
  queue.put(fresh());
  CHECK(manager.object_count() == before + 1);
  queue.get();
  value.set(fresh());
  queue.empty();  // the server keeps what it gave until it hears that it was read
  CHECK(manager.object_count() == before);
}

// It lives as long as the server's process, which here is the test's: a leak to who looks for some.
TEST_CASE("a list that holds itself harms nobody", "[no-sanitizer]") {
  ServerThread server;
  {
    const Manager manager = server.manager();
    const auto names = manager.name_space();
    names.set("self", names);
    CHECK(names.get<Namespace>("self") == names);
  }
  CHECK(server.end());
}

TEST_CASE("a long chain of objects is taken down link by link") {
  const ServerThread server;
  const Manager manager = server.manager();
  const std::size_t before = manager.object_count();
  {
    Namespace head = manager.name_space();
    for (int i = 0; i != 20'000; ++i) {
      const Namespace next = manager.name_space();
      next.set("before", head);
      head = next;
    }
    CHECK(manager.object_count() == before + 20'001);
  }
  CHECK(manager.object_count() == before);
}

TEST_CASE("queues and locks may stand in dicts and lists") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto queues = manager.list<managed::Queue<int>>();
  queues.append(manager.queue<int>());
  queues[0]->put(123);
  CHECK(queues[0]->get() == 123);
  const auto by_number = manager.dict<int, managed::Queue<int>>();
  by_number[0] = manager.queue<int>();
  by_number[0]->put(456);
  CHECK(by_number[0]->get() == 456);
  const auto locks = manager.dict<int, managed::Condition>();
  locks[0] = manager.condition();
  const managed::Condition condition = locks[0];
  condition.lock();
  CHECK_FALSE(condition.wait(std::chrono::milliseconds(1)));
  condition.unlock();
}

TEST_CASE("an object of another server cannot be kept in this one") {
  const ServerThread server;
  const ServerThread other;
  const auto lists = server.manager().list<List<int>>();
  CHECK_THROWS_WITH(lists.append(other.manager().list<int>()),
                    "manager: an object of another server cannot be kept in this one");
  CHECK(lists.empty());
  CHECK_THROWS_AS(lists.append(List<int>()), ManagerError);
  CHECK_THROWS_WITH(server.manager().condition(other.manager().recursive_mutex()),
                    "manager: an object of another server cannot be kept in this one");
}

TEST_CASE("a proxy cannot be a key") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto dict = manager.dict<List<int>, int>();
  CHECK_THROWS_WITH(dict.set(manager.list<int>(), 1), "manager: a proxy cannot be part of a key");
  CHECK(dict.empty());
}

}  // namespace
}  // namespace penstock::sync
