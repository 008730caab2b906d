#include "run/ledger.hpp"

#include <memory>
#include <random>
#include <set>
#include <vector>

#include "catch.hpp"
#include "ipc/extent.hpp"

namespace penstock {
namespace {

enum : StageIndex { kSource, kFirst, kSecond, kSink };

struct Fixture {
  Fixture() {
    ledger.on_root_ended = [this](const Item& item) { ended.push_back(item.number); };
    extents.on_free = [this](WorkerId, std::uint32_t, std::uint64_t) { ++freed; };
  }

  ItemIndex root(std::uint64_t number) {
    ledger.count_source_item();
    return ledger.add(Payload{}, kFirst, kSource, number, kNoItem);
  }
  ItemIndex child(ItemIndex parent, std::uint64_t number, StageIndex stage = kSecond) {
    return ledger.add(Payload{}, stage, ledger.at(parent).stage, number, parent);
  }

  ExtentTable extents{1u << 20};
  Ledger ledger{{{"chunks"}, {"counts"}, {"split"}, {"save"}}, extents};
  std::vector<std::uint64_t> ended;
  int freed = 0;
};

TEST_CASE("a source item is done when everything made from it has ended") {
  Fixture f;
  const ItemIndex root = f.root(1);
  const ItemIndex a = f.child(root, 0);
  const ItemIndex b = f.child(root, 1);
  f.ledger.end(root, Fate::done);
  f.ledger.end(a, Fate::done);
  CHECK(f.ledger.run().done == 0);
  CHECK(f.ledger.run().pending() == 1);
  CHECK(f.ledger.stage(kFirst).done == 1);
  const ItemIndex below = f.child(b, 0, kSink);
  f.ledger.end(b, Fate::done);
  f.ledger.end(below, Fate::done);
  CHECK(f.ledger.run().done == 1);
  CHECK(f.ledger.run().pending() == 0);
  CHECK(f.ended == std::vector<std::uint64_t>{1});
  CHECK(f.ledger.live() == 0);
}

TEST_CASE("a source item is dead if anything made from it was given up") {
  Fixture f;
  const ItemIndex root = f.root(1);
  const ItemIndex a = f.child(root, 0);
  const ItemIndex b = f.child(root, 1);
  f.ledger.end(root, Fate::done);
  f.ledger.end(a, Fate::dead);
  f.ledger.end(b, Fate::done);
  CHECK(f.ledger.run().dead == 1);
  CHECK(f.ledger.run().done == 0);
  CHECK(f.ledger.stage(kFirst).done == 1);  // its own call went well
  CHECK(f.ledger.stage(kSecond).dead == 1);
  CHECK(f.ledger.stage(kSecond).done == 1);
}

TEST_CASE("what is skipped counts as done, and is shown") {
  Fixture f;
  f.ledger.end(f.root(1), Fate::skipped);
  CHECK(f.ledger.run().done == 1);
  CHECK(f.ledger.run().skipped == 1);
  CHECK(f.ledger.stage(kFirst).skipped == 1);
}

TEST_CASE("what was made from several items becomes of each of them") {
  Fixture f;
  const std::vector<ItemIndex> batch{f.root(1), f.root(2), f.root(3)};
  const ItemIndex together = f.ledger.add_together(batch, kFirst);
  const ItemIndex of_all = f.ledger.add(Payload{}, kSecond, kFirst, 0, together);
  const ItemIndex of_two = f.child(batch[1], 1);
  CHECK(f.ledger.id(of_all) == "chunks:1..chunks:3/counts:0");
  CHECK(f.ledger.id(of_two) == "chunks:2/counts:1");
  for (const ItemIndex member : batch) f.ledger.end(member, Fate::done);
  CHECK(f.ledger.run().pending() == 3);
  SECTION("the loss of what is of one is its own alone") {
    f.ledger.end(of_all, Fate::done);
    CHECK(f.ended == std::vector<std::uint64_t>{1, 3});
    f.ledger.end(of_two, Fate::dead);
    CHECK(f.ledger.run().done == 2);
    CHECK(f.ledger.run().dead == 1);
  }
  SECTION("the loss of what is of all is the loss of each") {
    f.ledger.end(of_two, Fate::done);
    f.ledger.end(of_all, Fate::dead);
    CHECK(f.ledger.run().done == 0);
    CHECK(f.ledger.run().dead == 3);
  }
  CHECK(f.ledger.live() == 0);
}

TEST_CASE("what was handled counts as done, and is shown") {
  Fixture f;
  f.ledger.end(f.root(1), Fate::handled);
  CHECK(f.ledger.run().done == 1);
  CHECK(f.ledger.run().handled == 1);
  CHECK(f.ledger.stage(kFirst).handled == 1);
}

TEST_CASE("an item that is held goes on although all that it made so far has ended") {
  Fixture f;
  const ItemIndex root = f.root(1);
  f.ledger.hold(root);
  f.ledger.end(root, Fate::done);
  CHECK(f.ledger.run().done == 0);
  const ItemIndex late = f.child(root, 0);
  f.ledger.end(late, Fate::done);
  CHECK(f.ledger.run().done == 0);
  f.ledger.mark_dead(root);
  f.ledger.unhold(root);
  CHECK(f.ledger.run().dead == 1);
  CHECK(f.ledger.live() == 0);
}

TEST_CASE("a hold that ends before the item's own call ends nothing") {
  Fixture f;
  const ItemIndex root = f.root(1);
  f.ledger.hold(root);
  f.ledger.unhold(root);
  CHECK(f.ledger.live() == 1);
  f.ledger.end(root, Fate::done);
  CHECK(f.ledger.run().done == 1);
}

TEST_CASE("what a stateful stage made is counted only when it is lost") {
  Fixture f;
  for (const bool dead : {false, true}) {
    const ItemIndex item = f.ledger.add(Payload{}, kSink, kSecond, 0, kNoItem);
    f.ledger.at(item).snapshot = 1;
    f.ledger.end(item, dead ? Fate::dead : Fate::done);
  }
  CHECK(f.ledger.run().in == 1);
  CHECK(f.ledger.run().dead == 1);
  CHECK(f.ledger.run().done == 0);
  CHECK(f.ended.empty());
}

TEST_CASE("an id says where an item comes from") {
  Fixture f;
  const ItemIndex root = f.root(17);
  CHECK(f.ledger.id(root) == "chunks:17");
  const ItemIndex child = f.child(root, 0);
  CHECK(f.ledger.id(child) == "chunks:17/counts:0");
  CHECK(f.ledger.id(f.child(child, 3, kSink)) == "chunks:17/counts:0/split:3");

  const ItemIndex join = f.ledger.add(Payload{}, kNoStage, kSource, 18, kNoItem);
  const ItemIndex joined = f.ledger.add(Payload{}, kFirst, kSource, 18, join);
  CHECK(f.ledger.id(joined) == "chunks:18");
  CHECK(f.ledger.id(f.child(joined, 2)) == "chunks:18/counts:2");

  const ItemIndex made = f.ledger.add(Payload{}, kSink, kSecond, 5, kNoItem);
  f.ledger.at(made).snapshot = 3;
  CHECK(f.ledger.id(made) == "split.0.3:5");
}

TEST_CASE("a payload's block is released when the item's own call is over") {
  Fixture f;
  const auto extent = f.extents.create(1, 4096).value();
  const ipc::Mapping mapping = ipc::map_owned(f.extents.fd(extent), 4096).value();
  const BlockId block = f.extents.add(1, {extent, 0, 0, 100}).value();
  const ItemIndex root =
      f.ledger.add(Payload::of_block(block, 0, 100), kFirst, kSource, 1, kNoItem);
  f.extents.hold(block);
  const ItemIndex child = f.ledger.add(Payload::of_block(block, 10, 20), kSecond, kFirst, 0, root);
  f.ledger.end(root, Fate::done);
  CHECK(f.freed == 0);
  f.ledger.end(child, Fate::done);
  CHECK(f.freed == 1);
}

// Grows and ends a random forest, and beside it a plain one of nodes that own their children.
struct Node {
  ItemIndex item = kNoItem;
  StageIndex stage = kFirst;
  bool ended = false;
  bool dead = false;
  std::vector<std::unique_ptr<Node>> children;

  bool over() const {
    if (!ended) return false;
    for (const auto& child : children) {
      if (!child->over()) return false;
    }
    return true;
  }
  bool any_dead() const {
    if (dead) return true;
    for (const auto& child : children) {
      if (child->any_dead()) return true;
    }
    return false;
  }
};

TEST_CASE("the account closes at every step of random trees, and their memory is used again") {
  Fixture f;
  std::mt19937 random(GENERATE(1u, 2u, 3u, 4u));
  std::vector<std::unique_ptr<Node>> roots;
  std::vector<Node*> open;  // calls that are not over
  Account stages[4];
  std::uint64_t dead_roots = 0;
  std::uint64_t done_roots = 0;
  ItemIndex highest = 0;

  const auto start = [&](Node& node, ItemIndex parent, StageIndex stage, std::uint64_t number) {
    node.stage = stage;
    node.item = parent == kNoItem
                    ? f.root(number)
                    : f.ledger.add(Payload{}, stage, f.ledger.at(parent).stage, number, parent);
    highest = std::max(highest, node.item);
    ++stages[stage].in;
    open.push_back(&node);
  };

  std::uint64_t count = 0;
  for (int step = 0; step < 30'000; ++step) {
    if (open.size() < 40 && (open.empty() || random() % 4 == 0)) {
      roots.push_back(std::make_unique<Node>());
      start(*roots.back(), kNoItem, kFirst, ++count);
    } else {
      std::swap(open[random() % open.size()], open.back());
      Node& node = *open.back();
      open.pop_back();
      // Its children are there before its own call is over.
      const unsigned children = node.stage == kSink ? 0 : random() % 4;
      for (unsigned i = 0; i < children; ++i) {
        node.children.push_back(std::make_unique<Node>());
        start(*node.children.back(), node.item, static_cast<StageIndex>(node.stage + 1), i);
      }
      node.ended = true;
      node.dead = random() % 10 == 0;
      ++(node.dead ? stages[node.stage].dead : stages[node.stage].done);
      f.ledger.end(node.item, node.dead ? Fate::dead : Fate::done);
    }
    for (auto root = roots.begin(); root != roots.end();) {
      if (!(*root)->over()) {
        ++root;
        continue;
      }
      ++((*root)->any_dead() ? dead_roots : done_roots);
      root = roots.erase(root);
    }
    const Account& run = f.ledger.run();
    REQUIRE(run.dead == dead_roots);
    REQUIRE(run.done == done_roots);
    REQUIRE(run.pending() == roots.size());
    REQUIRE(f.ended.size() == dead_roots + done_roots);
    for (StageIndex stage : {kFirst, kSecond, kSink}) {
      const Account& account = f.ledger.stage(stage);
      REQUIRE(account.in == stages[stage].in);
      REQUIRE(account.done == stages[stage].done);
      REQUIRE(account.dead == stages[stage].dead);
    }
  }
  CHECK(std::set(f.ended.begin(), f.ended.end()).size() == f.ended.size());
  CHECK(highest < 4096);  // of many thousands, few are there at a time
}

}  // namespace
}  // namespace penstock
