#include "run/sequence.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "catch.hpp"

namespace penstock {
namespace {

// A source, three transforms one behind the other, and a sink. `ordered`: stages with a gate.
Plan chain(const std::vector<std::size_t>& ordered) {
  Plan plan;
  plan.stages.resize(5);
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    StagePlan& stage = plan.stages[i];
    stage.name = "s" + std::to_string(i);
    stage.task.kind = i == 0 ? TaskKind::source : i == 4 ? TaskKind::sink : TaskKind::transform;
    if (i > 0) stage.from = {Edge{i - 1, 0, 0, "int"}};
    if (i < 4) stage.readers = {Reader{i + 1, 0, 0}};
  }
  for (const std::size_t stage : ordered) plan.stages[stage].in_order = true;
  return plan;
}

// Plays a run: items go through the stages in an order that the dice say, fan out, die and come
// back, and what the gates let through is noted.
class Play {
 public:
  Play(const Plan& plan, unsigned seed)
      : ledger_({{"s0"}, {"s1"}, {"s2"}, {"s3"}, {"s4"}}, extents_),
        sequence_(plan, ledger_),
        dice_(seed) {
    ledger_.on_place_left = [this](ItemIndex item) {
      sequence_.leave(item);
      let_through();
    };
  }

  using Path = std::vector<std::uint64_t>;

  void run(unsigned roots) {
    unsigned made = 0;
    while (made < roots || !running_.empty()) {
      if (made < roots && (running_.size() < 4 || dice_() % 4 == 0)) {
        const ItemIndex root = ledger_.add(Payload{}, 1, 0, made, kNoItem);
        paths_[root] = {made++};
        sequence_.append(root);
        arrive(root);
        continue;
      }
      REQUIRE_FALSE(running_.empty());  // else all of them wait, and for nothing
      const std::size_t at = dice_() % running_.size();
      const ItemIndex item = running_[at];
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(at));
      finish(item);
    }
    CHECK(ledger_.live() == 0);
  }

  const std::vector<Path>& passed(StageIndex stage) { return passed_[stage]; }

 private:
  void arrive(ItemIndex item) {
    if (!sequence_.guards(ledger_.at(item).stage)) return running_.push_back(item);
    sequence_.arrive(item);
    let_through();
  }

  void let_through() {
    for (const ItemIndex item : sequence_.passed()) {
      passed_[ledger_.at(item).stage].push_back(paths_[item]);
      running_.push_back(item);
    }
    sequence_.passed().clear();
  }

  void finish(ItemIndex item) {
    const StageIndex stage = ledger_.at(item).stage;
    const unsigned roll = dice_() % 16;
    if (roll == 0) return running_.push_back(item);  // another attempt
    if (roll == 1) return ledger_.end(item, Fate::dead);
    if (stage == 4) return ledger_.end(item, Fate::done);
    const unsigned outputs = roll < 10 ? 1 : roll % 4;
    // Those beyond the first may come only later.
    const bool late = outputs > 1 && dice_() % 2 == 0;
    if (late) {
      ledger_.hold(item);
      ledger_.hold_place(item);
    }
    for (unsigned i = 0; i < outputs; ++i) {
      if (late && i == 1) ledger_.end(item, Fate::done);
      const Path path = paths_[item];
      const ItemIndex child =
          ledger_.add(Payload{}, static_cast<StageIndex>(stage + 1), stage, i, item);
      paths_[child] = path;
      paths_[child].push_back(i);
      sequence_.insert(child, item);
      arrive(child);
    }
    if (!late) return ledger_.end(item, Fate::done);
    ledger_.unhold_place(item);
    ledger_.unhold(item);
  }

  ExtentTable extents_{1u << 20};
  Ledger ledger_;
  Sequence sequence_;
  std::minstd_rand dice_;
  std::vector<ItemIndex> running_;
  std::map<ItemIndex, Path> paths_;
  std::map<StageIndex, std::vector<Path>> passed_;
};

TEST_CASE("what goes through a gate is in order, and everything goes through") {
  const std::vector<std::vector<std::size_t>> gates{{4}, {2}, {2, 4}, {1, 2, 3, 4}};
  for (const auto& ordered : gates) {
    const Plan plan = chain(ordered);
    for (unsigned seed = 1; seed <= 500; ++seed) {
      Play play(plan, seed);
      play.run(40);
      for (const std::size_t stage : ordered) {
        const auto& passed = play.passed(static_cast<StageIndex>(stage));
        INFO("seed " << seed << ", stage " << stage);
        CHECK(std::is_sorted(passed.begin(), passed.end()));
        CHECK_FALSE(passed.empty());
      }
    }
  }
}

TEST_CASE("where no stage is ordered there are no gates") {
  const Plan plan = chain({});
  ExtentTable extents{1u << 20};
  Ledger ledger({{"s0"}, {"s1"}, {"s2"}, {"s3"}, {"s4"}}, extents);
  const Sequence sequence(plan, ledger);
  CHECK(sequence.empty());
  CHECK_FALSE(sequence.guards(4));
}

}  // namespace
}  // namespace penstock
