// What of the ledger goes into the journal: what has ended for good, and the paths of items.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "run/ledger.hpp"

namespace penstock {
namespace {

enum : StageIndex { kSource, kFirst, kSecond, kSink };

struct Fixture {
  Fixture() {
    ledger.on_settled = [this](const Item& item) { settled.push_back(item.number); };
  }

  ItemIndex root(std::uint64_t number) {
    ledger.count_source_item();
    ++ledger.stage(kSource).in;
    ++ledger.stage(kSource).done;
    return ledger.add(Payload{}, kFirst, kSource, number, kNoItem);
  }
  ItemIndex child(ItemIndex parent, std::uint64_t number, StageIndex stage = kSecond) {
    return ledger.add(Payload{}, stage, ledger.at(parent).stage, number, parent);
  }
  std::vector<std::string> paths(ItemIndex item) {
    std::vector<std::string> texts;
    ledger.for_each_path(item, [&](std::span<const Ledger::Step> path) {
      std::string text;
      for (const Ledger::Step& step : path) {
        text +=
            (text.empty() ? "" : "/") + ledger.name_of(step) + ":" + std::to_string(step.number);
      }
      texts.push_back(text);
    });
    return texts;
  }

  ExtentTable extents{1u << 20};
  Ledger ledger{{{"chunks"}, {"counts", 2}, {"split"}, {"save"}}, extents};
  std::vector<std::uint64_t> settled;
};

TEST_CASE("what is done below an item that has not ended is not settled") {
  Fixture f;
  const ItemIndex root = f.root(7);
  const ItemIndex a = f.child(root, 0);
  const ItemIndex b = f.child(root, 1);
  f.ledger.end(root, Fate::done);
  f.ledger.end(a, Fate::done);
  CHECK(f.ledger.stage(kSecond).done == 1);
  CHECK(f.ledger.settled(kSecond).done == 0);
  CHECK(f.ledger.settled(kSource).done == 0);
  CHECK_FALSE(f.ledger.is_last(f.child(b, 0, kSink)));
  CHECK(f.settled.empty());
}

TEST_CASE("with the last of them all is settled, as it ended") {
  Fixture f;
  const ItemIndex root = f.root(7);
  std::vector<ItemIndex> children;
  for (std::uint64_t i = 0; i < 9; ++i) children.push_back(f.child(root, i));
  f.ledger.end(root, Fate::done);
  const Fate fates[] = {Fate::done, Fate::dead, Fate::skipped, Fate::handled};
  for (std::size_t i = 0; i < 8; ++i) f.ledger.end(children[i], fates[i % 4]);
  CHECK(f.settled.empty());
  CHECK(f.ledger.is_last(children[8]));
  f.ledger.end(children[8], Fate::done);
  CHECK(f.settled == std::vector<std::uint64_t>{7});
  const Account& account = f.ledger.settled(kSecond);
  CHECK(account.done == 7);
  CHECK(account.dead == 2);
  CHECK(account.skipped == 2);
  CHECK(account.handled == 2);
  CHECK(f.ledger.settled(kFirst).done == 1);
  CHECK(f.ledger.settled(kSource).done == 1);
}

TEST_CASE("when everything has ended, all is settled") {
  Fixture f;
  std::minstd_rand random(Catch::rngSeed());
  std::vector<ItemIndex> open;
  for (std::uint64_t number = 0; number < 3000; ++number) {
    if (random() % 3 == 0 || open.empty()) open.push_back(f.root(number));
    const std::size_t at = random() % open.size();
    const ItemIndex item = open[at];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::uint64_t i = 0; f.ledger.at(item).stage < kSink && i < random() % 4; ++i) {
      open.push_back(f.child(item, i, f.ledger.at(item).stage + 1));
    }
    f.ledger.end(item, random() % 9 == 0 ? Fate::dead : Fate::done);
  }
  for (const ItemIndex item : open) f.ledger.end(item, Fate::done);
  CHECK(f.ledger.live() == 0);
  CHECK(f.settled.size() == f.ledger.run().in);
  for (const StageIndex stage : {kSource, kFirst, kSecond, kSink}) {
    CHECK(f.ledger.settled(stage).done == f.ledger.stage(stage).done);
    CHECK(f.ledger.settled(stage).dead == f.ledger.stage(stage).dead);
  }
}

TEST_CASE("the path of an item is its id in parts") {
  Fixture f;
  const ItemIndex root = f.root(7);
  CHECK(f.paths(root) == std::vector<std::string>{"chunks:7"});
  const ItemIndex below = f.child(f.child(root, 3), 5, kSink);
  CHECK(f.paths(below) == std::vector<std::string>{"chunks:7/counts:3/split:5"});
  CHECK(f.ledger.id(below) == "chunks:7/counts:3/split:5");
  f.ledger.at(below).edge = 1;  // the same output, read twice
  CHECK(f.paths(below) == std::vector<std::string>{"chunks:7/counts:3/split@1:5"});
}

TEST_CASE("what several items have made together has a path for each of them") {
  Fixture f;
  const std::vector<ItemIndex> members{f.root(1), f.root(2), f.root(5)};
  const ItemIndex together = f.ledger.add_together(members, kFirst);
  const ItemIndex made = f.ledger.add(Payload{}, kSecond, kFirst, 4, together);
  CHECK(f.paths(made) ==
        std::vector<std::string>{"chunks:1/counts+:4", "chunks:2/counts+:4", "chunks:5/counts+:4"});
}

TEST_CASE("what a stateful stage made begins a path of its own") {
  Fixture f;
  const ItemIndex made = f.ledger.add(Payload{}, kSecond, kFirst, 4, kNoItem);
  f.ledger.at(made).snapshot = 3;
  CHECK(f.paths(made) == std::vector<std::string>{"counts.2.3:4"});
  CHECK(f.ledger.id(made) == "counts.2.3:4");
}

TEST_CASE("a run that goes on counts on") {
  Fixture f;
  std::vector<Account> stages(4);
  stages[kFirst] = {.in = 6, .done = 5, .dead = 1};
  f.ledger.resume({.in = 6, .done = 5, .dead = 1}, stages);
  const ItemIndex root = f.root(6);
  CHECK(f.ledger.run().pending() == 1);
  f.ledger.end(root, Fate::done);
  CHECK(f.ledger.run().done == 6);
  CHECK(f.ledger.settled(kFirst).done == 6);
  CHECK(f.ledger.settled(kFirst).dead == 1);
}

}  // namespace
}  // namespace penstock
