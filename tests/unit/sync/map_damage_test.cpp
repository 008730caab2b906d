// What a holder that has gone wild writes over the words of a map: whoever uses it next is told so,
// crashes not, and waits for nothing.
#include <atomic>
#include <cstdint>
#include <memory>
#include <penstock/shared_map.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "damaged.hpp"
#include "sync/map.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

using Word = std::atomic<std::uint32_t>;
using Long = std::atomic<std::uint64_t>;

// A map of 1,000 bytes with the keys "a" and "b", whose words lie where map.cpp puts them.
struct WildMap {
  static constexpr std::size_t kState = 128;  // behind the lock
  static constexpr std::size_t kBuckets = 16;
  static constexpr std::size_t kHalf = 1272;

  std::shared_ptr<Map> map = Map::create(1000).value();
  Region region = seen_by_another(*map);
  std::string value;

  WildMap() {
    REQUIRE(map->set("a", "1").has_value());
    REQUIRE(map->set("b", "22").has_value());
    REQUIRE(capacity().load() == 1000);
    REQUIRE(link_of(0).load() == 1);
    REQUIRE(link_of(24).load() == 4);
    REQUIRE((key_size(0).load() == 1 && value_size(24).load() == 2));
  }

  template <class T>
  T& at(std::size_t offset) {
    return *reinterpret_cast<T*>(region.data() + kState + offset);
  }
  Long& capacity() { return at<Long>(0); }
  Word& changing() { return at<Word>(12); }
  Long& used() { return at<Long>(16); }
  Long& live() { return at<Long>(24); }
  Word& bucket(std::size_t number) { return at<Word>(64 + 4 * number); }

  // Of the entry so many bytes behind the start of the first half.
  Word& next(std::size_t entry) { return at<Word>(64 + 4 * kBuckets + entry); }
  Word& key_size(std::size_t entry) { return at<Word>(64 + 4 * kBuckets + entry + 8); }
  Word& value_size(std::size_t entry) { return at<Word>(64 + 4 * kBuckets + entry + 12); }

  // The bucket that leads to it.
  Word& link_of(std::size_t entry) {
    for (std::size_t i = 0; i != kBuckets; ++i) {
      if (bucket(i).load() == entry / 8 + 1) return bucket(i);
    }
    throw std::logic_error("no bucket leads there");
  }
  // One of a bucket in which nothing is.
  std::string free_key() {
    for (int i = 0;; ++i) {
      const std::string key = "free" + std::to_string(i);
      std::vector<std::uint32_t> before;
      for (std::size_t b = 0; b != kBuckets; ++b) before.push_back(bucket(b).load());
      REQUIRE(map->set(key, {}).has_value());
      std::size_t its = 0;
      while (bucket(its).load() == before[its]) ++its;
      REQUIRE(map->erase(key).value());
      if (before[its] == 0) return key;
    }
  }
};

TEST_CASE("links of a map that lead beyond it are damage, in whatever is done") {
  for (const std::uint32_t wild : {159u, 160u, 1u << 20, UINT32_MAX}) {
    WildMap wild_map;
    Map& map = *wild_map.map;
    wild_map.link_of(0).store(wild);
    CHECK(is_damaged(map.get("a", wild_map.value)));
    CHECK(is_damaged(map.set("a", "2")));
    CHECK(is_damaged(map.erase("a")));
    CHECK(is_damaged(map.entries()));
    CHECK(map.get("b", wild_map.value).value());
    CHECK(map.size().value() == 2);
    wild_map.changing().store(1);  // as after a death
    CHECK(is_damaged(map.size()));
    CHECK(is_damaged(map.get("b", wild_map.value)));
    REQUIRE(is_damaged(map.clear()));
    wild_map.changing().store(0);
    REQUIRE(map.clear().has_value());
    CHECK(map.set("a", "3").has_value());
    CHECK(map.size().value() == 1);
  }
}

TEST_CASE("all that a damaged map is asked throws in a task") {
  WildMap wild_map;
  const SharedMap<std::string> map{sdk::Object(new penstock_object(wild_map.map))};
  wild_map.link_of(0).store(UINT32_MAX);
  wild_map.changing().store(1);
  const std::string damage = "shared memory: that of a map is damaged";
  CHECK_THROWS_WITH(map.get("a"), damage);
  CHECK_THROWS_WITH(map.set("a", "2"), damage);
  CHECK_THROWS_WITH(map.update("a", [](std::string&) {}), damage);
  CHECK_THROWS_WITH(map.erase("a"), damage);
  CHECK_THROWS_WITH(map.contains("a"), damage);
  CHECK_THROWS_WITH(map.size(), damage);
  CHECK_THROWS_WITH(map.items(), damage);
  CHECK_THROWS_WITH(map.keys(), damage);
  CHECK_THROWS_WITH(map.clear(), damage);
}

TEST_CASE("sizes of a map's entry that reach beyond it are damage") {
  WildMap wild_map;
  Map& map = *wild_map.map;
  for (const auto size : {&WildMap::key_size, &WildMap::value_size}) {
    Word& word = (wild_map.*size)(0);
    const std::uint32_t before = word.load();
    for (const std::uint32_t wild : {1256u, 1u << 20, UINT32_MAX}) {
      word.store(wild);
      CHECK(is_damaged(map.get("a", wild_map.value)));
      CHECK(is_damaged(map.entries()));
    }
    word.store(before);
  }
  CHECK(map.entries().value().size() == 2);
}

TEST_CASE("a chain of a map that bites its tail is damage") {
  WildMap wild_map;
  Map& map = *wild_map.map;
  const std::string key = wild_map.free_key();
  REQUIRE(map.set(key, "x").has_value());
  const std::uint32_t number = static_cast<std::uint32_t>(wild_map.used().load() - 24) / 8 + 1;
  Word& own = wild_map.link_of((number - 1) * 8);
  own.store(1);  // to "a", which has another hash
  wild_map.next(0).store(1);
  CHECK(is_damaged(map.get(key, wild_map.value)));
  CHECK(is_damaged(map.entries()));
  CHECK(map.get("a", wild_map.value).value());
}

// Else a chain of long ones would be copied until there is no memory any more.
TEST_CASE("entries of a map that lie in one another are damage") {
  WildMap wild_map;
  wild_map.value_size(0).store(1000);
  wild_map.value_size(24).store(1000);
  CHECK(is_damaged(wild_map.map->entries()));
  CHECK(is_damaged(wild_map.map->get("a", wild_map.value)) == false);
}

TEST_CASE("numbers of a map that cannot be are damage, or fill it") {
  WildMap wild_map;
  Map& map = *wild_map.map;
  const std::uint64_t used = wild_map.used().load();
  for (const std::uint64_t wild :
       {std::uint64_t{3}, std::uint64_t{WildMap::kHalf + 8}, UINT64_MAX, UINT64_MAX - 7}) {
    wild_map.used().store(wild);
    CHECK(is_damaged(map.set("c", "3")));
    CHECK(map.get("a", wild_map.value).value());
  }
  wild_map.used().store(used);
  wild_map.live().store(UINT64_MAX / 2);
  const auto full = map.set("c", "3");
  REQUIRE(full.has_error());
  CHECK(full.error().status() == Status::lack);
}

TEST_CASE("what does not fit into one another any more cannot move to the other half") {
  {
    WildMap wild_map;
    const std::string key = wild_map.free_key();
    wild_map.link_of(0).store(UINT32_MAX);
    wild_map.used().store(WildMap::kHalf);
    CHECK(is_damaged(wild_map.map->set(key, "3")));
  }
  WildMap wild_map;
  const std::string key = wild_map.free_key();
  wild_map.link_of(24).store(0);
  wild_map.value_size(0).store(1100);
  wild_map.used().store(WildMap::kHalf);
  CHECK(is_damaged(wild_map.map->set(key, std::string(200, 'x'))));
  CHECK(wild_map.map->entries().value().size() == 1);
}

TEST_CASE("a map that says that it is larger than its memory is not opened") {
  WildMap wild_map;
  const auto open = [&] {
    std::vector<UniqueFd> descriptors;
    descriptors.push_back(duplicate(wild_map.map->descriptors()[0]).value());
    return Map::open(wild_map.map->id(), std::move(descriptors));
  };
  for (const std::uint64_t wild : {std::uint64_t{100'000}, std::uint64_t{1} << 40, UINT64_MAX}) {
    wild_map.capacity().store(wild);
    CHECK(is_damaged(open()));
  }
  wild_map.capacity().store(1000);
  CHECK(open().has_value());
}

TEST_CASE("a map full of noise is survived") {
  std::mt19937 random(11);
  int damaged = 0;
  for (int round = 0; round != 300; ++round) {
    WildMap wild;
    for (int words = 1 + static_cast<int>(random() % 8); words != 0; --words) {
      wild.at<Word>(8 + 4 * (random() % 64)).store(noise(random));
    }
    for (const char* key : {"a", "b", "c"}) {
      damaged += is_damaged(wild.map->get(key, wild.value));
      damaged += is_damaged(wild.map->set(key, std::string(random() % 300, 'x')));
      damaged += is_damaged(wild.map->entries());
      damaged += is_damaged(wild.map->erase(key));
    }
    damaged += is_damaged(wild.map->clear());
  }
  CHECK(damaged > 300);
}

}  // namespace
}  // namespace penstock::sync
