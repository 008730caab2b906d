#include "run/item.hpp"

#include <deque>
#include <random>

#include "catch.hpp"
#include "run/ledger.hpp"

namespace penstock {
namespace {

struct Fixture {
  ItemIndex add() { return ledger.add(Payload{}, 0, 0, 0, kNoItem); }
  // Takes everything out.
  std::vector<ItemIndex> drain(ItemList& list) {
    std::vector<ItemIndex> items;
    while (!list.empty()) items.push_back(list.pop_front(ledger));
    CHECK(list.size() == 0);
    CHECK(list.front() == kNoItem);
    return items;
  }

  ExtentTable extents{0};
  Ledger ledger{{{"stage"}}, extents};
};

TEST_CASE("lists put before others keep their order and leave nothing behind") {
  Fixture f;
  const ItemIndex a = f.add(), b = f.add(), c = f.add(), d = f.add();
  ItemList list;
  ItemList other;
  list.prepend(f.ledger, other);  // nothing before nothing
  CHECK(list.empty());
  other.push_back(f.ledger, a);
  other.push_back(f.ledger, b);
  list.prepend(f.ledger, other);  // something before nothing
  CHECK(other.empty());
  other.push_back(f.ledger, c);
  other.push_back(f.ledger, d);
  list.prepend(f.ledger, other);
  list.prepend(f.ledger, other);  // nothing before something
  CHECK(list.size() == 4);
  CHECK(f.drain(list) == std::vector{c, d, a, b});
}

TEST_CASE("a list is what a queue of the standard library is") {
  Fixture f;
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  std::vector<ItemIndex> spare;
  for (int i = 0; i < 300; ++i) spare.push_back(f.add());
  ItemList lists[2];
  std::deque<ItemIndex> models[2];
  for (int step = 0; step < 20'000; ++step) {
    const unsigned which = random() % 2;
    ItemList& list = lists[which];
    std::deque<ItemIndex>& model = models[which];
    switch (random() % 5) {
      case 0:
      case 1:
        if (spare.empty()) break;
        if (random() % 2 == 0) {
          list.push_back(f.ledger, spare.back());
          model.push_back(spare.back());
        } else {
          list.push_front(f.ledger, spare.back());
          model.push_front(spare.back());
        }
        spare.pop_back();
        break;
      case 2:
      case 3:
        if (model.empty()) break;
        REQUIRE(list.pop_front(f.ledger) == model.front());
        spare.push_back(model.front());
        model.pop_front();
        break;
      default: {
        std::deque<ItemIndex>& other = models[1 - which];
        list.prepend(f.ledger, lists[1 - which]);
        model.insert(model.begin(), other.begin(), other.end());
        other.clear();
      }
    }
    for (int i = 0; i < 2; ++i) {
      REQUIRE(lists[i].size() == models[i].size());
      REQUIRE(lists[i].empty() == models[i].empty());
      REQUIRE(lists[i].front() == (models[i].empty() ? kNoItem : models[i].front()));
    }
  }
}

}  // namespace
}  // namespace penstock
