#include "penstock/dict.hpp"

#include <map>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using Counts = Dict<std::string, int>;
using Item = std::pair<std::string, int>;

TEST_CASE("a dict keeps what it is given, in the order in which the keys came") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto letters = manager.dict<int, std::string>();
  for (int i = 65; i != 70; ++i) letters[i] = std::string(1, static_cast<char>(i));
  CHECK(letters.size() == 5);
  CHECK(letters.keys() == std::vector<int>{65, 66, 67, 68, 69});
  CHECK(letters.values() == std::vector<std::string>{"A", "B", "C", "D", "E"});
  CHECK(letters.items()[2] == std::pair<int, std::string>{67, "C"});
  CHECK(letters.copy() ==
        std::map<int, std::string>{{65, "A"}, {66, "B"}, {67, "C"}, {68, "D"}, {69, "E"}});
  letters.erase(66);
  letters[66] = "again";
  CHECK(letters.keys() == std::vector<int>{65, 67, 68, 69, 66});
}

TEST_CASE("what a dict has can be asked for in several ways") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Counts counts = manager.dict<std::string, int>({{"one", 1}, {"two", 2}});
  CHECK(counts["one"] == 1);
  CHECK(counts.at("two") == 2);
  CHECK(counts.get("two") == 2);
  CHECK(counts.get("three") == std::nullopt);
  CHECK(counts.get("three", 7) == 7);
  CHECK(counts.contains("one"));
  CHECK_FALSE(counts.contains("three"));
  CHECK_THROWS_AS(counts.at("three"), std::out_of_range);
  CHECK_THROWS_AS(counts["three"].get(), std::out_of_range);
  CHECK(counts.size() == 2);  // asking made nothing
}

TEST_CASE("a dict changes as it is told, and says what came of it") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Counts counts = manager.dict<std::string, int>();
  CHECK(counts.empty());
  CHECK(counts.insert("a", 1));
  CHECK_FALSE(counts.insert("a", 2));
  CHECK(counts["a"] == 1);
  CHECK(counts.set_default("a", 3) == 1);
  CHECK(counts.set_default("b", 4) == 4);
  counts.update(std::unordered_map<std::string, int>{{"b", 5}});
  counts.update({{"c", 6}, {"d", 7}});
  CHECK(counts.copy() == std::map<std::string, int>{{"a", 1}, {"b", 5}, {"c", 6}, {"d", 7}});
  CHECK(counts.pop("c") == 6);
  CHECK(counts.pop("c") == std::nullopt);
  CHECK(counts.pop_item() == Item{"d", 7});
  CHECK(counts.erase("a"));
  CHECK_FALSE(counts.erase("a"));
  counts.clear();
  CHECK(counts.empty());
  CHECK(counts.pop_item() == std::nullopt);
}

TEST_CASE("items are of one moment, and stay what they are while the dict changes") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Counts counts = manager.dict<std::string, int>({{"b", 0}, {"a", 0}});
  std::thread changing([&] {
    for (int n = 1; n != 300; ++n) counts.update({{"a", n}, {"b", n}});
  });
  bool of_one_moment = true;
  for (int seen = 0; seen != 299;) {
    const std::vector<Item> items = counts.items();
    of_one_moment = of_one_moment && items.size() == 2 && items[0].second >= seen &&
                    items == std::vector<Item>{{"b", items[0].second}, {"a", items[0].second}};
    seen = items[0].second;
  }
  changing.join();
  CHECK(of_one_moment);
  std::vector<std::string> visited;
  for (const std::string& key : counts.keys()) {
    counts.clear();
    visited.push_back(key);
  }
  CHECK(visited == std::vector<std::string>{"b", "a"});
  CHECK(counts.empty());
}

TEST_CASE("numbers are added to in the server, and no addition gets lost") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Counts counts = manager.dict<std::string, int>();
  std::vector<std::thread> threads;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n != 500; ++n) counts["x"] += 2;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(counts["x"] == 4000);
  CHECK((counts["x"] -= 1) == 3999);
  CHECK(++counts["x"] == 4000);
  CHECK(--counts["new"] == -1);
}

TEST_CASE("a sum that its type cannot hold is refused, and the value stays") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto small = manager.dict<std::string, std::int8_t>({{"x", std::int8_t{100}}});
  CHECK_THROWS_WITH(small["x"] += 100, "manager: the sum would be beyond what its type can hold");
  CHECK(small["x"] == 100);
  const auto large = manager.dict<std::string, std::uint64_t>({{"x", UINT64_MAX - 1}});
  CHECK((large["x"] += 1) == UINT64_MAX);
  CHECK_THROWS_AS(large["x"] += 1, ManagerError);
  const auto real = manager.dict<std::string, double>({{"x", 0.5}});
  CHECK((real["x"] += 0.25) == 0.75);
}

TEST_CASE("a value is exchanged if it is as expected") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Counts counts = manager.dict<std::string, int>({{"x", 1}});
  CHECK_FALSE(counts.compare_exchange("x", 2, 3));
  CHECK(counts["x"] == 1);
  CHECK(counts.compare_exchange("x", 1, 3));
  CHECK(counts["x"] == 3);
  CHECK_FALSE(counts.compare_exchange("y", 0, 1));
  CHECK_FALSE(counts.contains("y"));
}

struct Point {
  int x = 0;
  std::vector<double> weights;
  bool operator==(const Point&) const = default;
};
PENSTOCK_FIELDS(Point, x, weights)

TEST_CASE("keys and values may be structs, tuples and what else passes between tasks") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto points = manager.dict<std::pair<int, std::string>, Point>();
  points[{1, "a"}] = Point{7, {0.5, 1.5}};
  CHECK(points[std::pair(1, std::string("a"))] == Point{7, {0.5, 1.5}});
  CHECK_FALSE(points.contains({1, "b"}));
  const auto bytes = manager.dict<std::string, std::vector<std::byte>>();
  bytes[""] = std::vector<std::byte>(100'000, std::byte{7});
  CHECK(bytes.at("") == std::vector<std::byte>(100'000, std::byte{7}));
  const auto maybe = manager.dict<int, std::optional<int>>({{1, std::nullopt}, {2, 3}});
  CHECK(maybe.at(1) == std::nullopt);
  CHECK(maybe.at(2) == 3);
}

TEST_CASE("copies of a proxy are of the same dict, another dict is another one") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Counts counts = manager.dict<std::string, int>();
  const Counts same = counts;
  same["x"] = 1;
  CHECK(counts["x"] == 1);
  CHECK(same == counts);
  CHECK_FALSE(counts == manager.dict<std::string, int>());
  const Counts nothing;
  CHECK_FALSE(nothing);
  CHECK_THROWS_WITH(nothing.size(), "manager: a proxy of nothing is used");
}

}  // namespace
}  // namespace penstock::sync
