#include <penstock/shared_map.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "comes_true.hpp"
#include "forked.hpp"
#include "shared_table.hpp"
#include "sync/map.hpp"

namespace penstock {
namespace map_test {

using sync::comes_true;
using sync::Forked;
using sync::SharedTable;

struct Point {
  double x;
  double y;
};
PENSTOCK_FIELDS(Point, x, y)

TEST_CASE("a map keeps a value for each key") {
  SharedMap<int> map;
  CHECK((map.empty() && !map.get("a") && !map.contains("a") && !map.erase("a")));
  map.set("a", 1);
  map.set("b", 2);
  map.set("", 3);
  map.set("a", 4);
  CHECK(map.get("a") == 4);
  CHECK(map.get("") == 3);
  CHECK(map.get("c", 9) == 9);
  CHECK(map.size() == 3);
  auto keys = map.keys();
  std::ranges::sort(keys);
  CHECK(keys == std::vector<std::string>{"", "a", "b"});
  CHECK(map.items().size() == 3);
  CHECK(map.erase("a"));
  CHECK_FALSE(map.erase("a"));
  CHECK((map.size() == 2 && !map.contains("a") && map.contains("b")));
  map.clear();
  CHECK((map.empty() && !map.contains("b")));
  map.set("b", 5);
  CHECK(map.get("b") == 5);
}

TEST_CASE("values of any kind, of another size each time") {
  const SharedMap<std::string> texts;
  for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 10'000u, 3u, 0u}) {
    texts.set("key", std::string(size, 'v'));
    CHECK(texts.get("key") == std::string(size, 'v'));
    CHECK(texts.size() == 1);
  }
  const SharedMap<Point> points;
  points.set("here", {1, 2});
  points.set("there", {3, 4});
  for (const auto& [key, point] : points.items()) CHECK(point.y == (key == "here" ? 2 : 4));
  const SharedMap<std::vector<std::string>> lists;
  lists.set("list", {"a", "b"});
  CHECK(lists.get("list")->size() == 2);
  CHECK(lists.update("list", [](auto& list) { list.emplace_back("c"); }).size() == 3);
  CHECK(lists.get("list")->size() == 3);
}

TEST_CASE("a full map says so and stays as it was; what is erased makes room") {
  const SharedMap<std::string> map(1000);
  const std::string text(100, 't');
  int count = 0;
  const auto fill = [&] {
    try {
      for (;; ++count) map.set("key" + std::to_string(count), text);
    } catch (const SyncError&) {
    }
  };
  fill();
  CHECK(count == 8);  // 16 + 4 + 100 bytes each
  CHECK(map.size() == 8);
  CHECK_THROWS_AS(map.set("key0", std::string(500, 'x')), SyncError);
  CHECK_THROWS_AS(map.set("huge", std::string(5000, 'x')), SyncError);
  CHECK(map.get("key0") == text);
  CHECK_FALSE(map.contains("huge"));
  map.set("key0", std::string(100, 'o'));
  CHECK(map.get("key0") == std::string(100, 'o'));
  CHECK(map.erase("key1"));
  map.set("key8", text);
  CHECK(map.get("key8") == text);
  CHECK_THROWS_AS(map.set("key9", text), SyncError);
}

TEST_CASE("a map does what std::map does") {
  const SharedMap<std::string> map(20'000);
  std::map<std::string, std::string> model;
  std::mt19937 random(1);
  for (int i = 0; i != 20'000; ++i) {
    const std::string key = std::to_string(random() % 200);
    const std::string value(random() % 60, static_cast<char>('a' + random() % 26));
    switch (random() % 4) {
      case 0:
        CHECK(map.erase(key) == (model.erase(key) == 1));
        break;
      case 1: {
        const auto got = map.get(key);
        const auto expected = model.find(key);
        REQUIRE(got.has_value() == (expected != model.end()));
        if (got) REQUIRE(*got == expected->second);
        break;
      }
      default:
        map.set(key, value);
        model[key] = value;
    }
  }
  auto items = map.items();
  std::ranges::sort(items);
  CHECK(std::ranges::equal(items, model, [](const auto& a, const auto& b) {
    return a.first == b.first && a.second == b.second;
  }));
}

TEST_CASE("counting in a map from several processes loses nothing") {
  constexpr int kEach = 10'000;
  const SharedMap<std::int64_t> map;
  std::vector<Forked> children;
  for (int c = 0; c != 3; ++c) {
    children.emplace_back([&, c] {
      for (int i = 0; i != kEach; ++i) {
        map.fetch_add("all", 1);
        map.update("own" + std::to_string(c), [](std::int64_t& n) { n += 2; });
      }
      return true;
    });
  }
  for (Forked& child : children) CHECK(child.join());
  CHECK(map.get("all") == 3 * kEach);
  CHECK(map.get("own1") == 2 * kEach);
  CHECK(map.fetch_add("new", 5) == 0);
  CHECK(map.fetch_add("new", 1) == 5);
}

TEST_CASE("what another type has written is damage to who reads all, and keys are there") {
  const SharedMap<std::vector<int>> map;
  const std::string_view nonsense = "\xff\xff";
  for (const std::string_view key : {"a", "b"}) {
    CHECK(sdk::sync().maps->set(map.handle(), {key.data(), key.size()},
                                {nonsense.data(), nonsense.size()}) == PENSTOCK_SYNC_OK);
  }
  CHECK_THROWS_AS(map.items(), Malformed);
  CHECK_THROWS_AS(map.get("a"), Malformed);
  CHECK(map.keys().size() == 2);
  map.set("a", {1});
  map.set("b", {2});
  CHECK(map.items().size() == 2);
}

TEST_CASE("whoever has the lock of a map is alone with it") {
  const SharedMap<int> map;
  std::atomic<bool> done = false;
  std::thread other;
  {
    const std::scoped_lock guard(map.get_lock());
    map.set("a", 1);
    other = std::thread([&] {
      map.set("a", 3);
      done = true;
    });
    map.set("a", *map.get("a") + 1);
    CHECK(map.get("a") == 2);
    CHECK_FALSE(done);
  }
  other.join();
  CHECK(map.get("a") == 3);
}

// In all sizes, so that entries move all the time.
bool write_for_ever(const SharedMap<std::string>& map, std::atomic<std::uint64_t>& steps,
                    unsigned seed) {
  std::mt19937 random(seed);
  for (;; steps.fetch_add(1)) {
    const std::string key = "key" + std::to_string(random() % 8);
    if (random() % 5 == 0) {
      map.erase(key);
    } else {
      map.set(key, std::string(random() % 300, static_cast<char>('a' + random() % 26)));
    }
  }
}

TEST_CASE("processes that die in a map leave it whole") {
  const SharedMap<std::string> map(4000);
  SharedTable<std::atomic<std::uint64_t>> steps(1);
  std::mt19937 random(3);
  std::array<std::optional<Forked>, 4> children;
  const auto start = [&](std::size_t place) {
    children[place].emplace([&, seed = static_cast<unsigned>(random())] {
      return write_for_ever(map, steps[0], seed);
    });
  };
  for (std::size_t i = 0; i != children.size(); ++i) start(i);
  for (int i = 0; i != 150; ++i) {
    const std::uint64_t target = steps[0].load() + random() % 200;
    REQUIRE(comes_true([&] { return steps[0].load() >= target; }));
    const std::size_t victim = random() % children.size();
    children[victim]->kill();
    const auto items = map.items();
    for (const auto& [key, value] : items) {
      REQUIRE(std::ranges::all_of(value, [&, &text = value](char c) { return c == text[0]; }));
    }
    start(victim);
  }
  for (auto& child : children) child->kill();
  CHECK(map.items().size() == map.size());
  map.clear();
  CHECK(map.size() == 0);
}

TEST_CASE("a map that was made elsewhere is checked") {
  const auto made = sync::Map::create(1000).value();
  REQUIRE(made->set("a", "1").has_value());
  const auto descriptors = [&] {
    std::vector<UniqueFd> fds;
    fds.push_back(duplicate(made->descriptors()[0]).value());
    return fds;
  };
  const auto opened = sync::Map::open(made->id(), descriptors()).value();
  std::string value;
  CHECK(static_cast<sync::Map&>(*opened).get("a", value).value());
  CHECK(value == "1");
  CHECK(sync::Map::open(made->id() + 1, descriptors()).has_error());
  CHECK(sync::Map::create(UINT64_MAX).has_error());
}

}  // namespace map_test
}  // namespace penstock
