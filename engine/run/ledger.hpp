// The engine's account of every item: in = done + dead + pending, for the run and for each stage,
// at any moment. Items stand in slabs that are used again, so its memory follows the number of
// items on their way and not of those that have passed. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "run/item.hpp"

namespace penstock {

struct Account {
  std::uint64_t in = 0;
  std::uint64_t done = 0;
  std::uint64_t dead = 0;
  std::uint64_t skipped = 0;  // among done
  std::uint64_t handled = 0;  // likewise
  std::uint64_t retried = 0;  // calls beyond the first

  std::uint64_t pending() const { return in - done - dead; }
};

enum class Fate { done, dead, skipped, handled };

class Ledger {
 public:
  struct Stage {
    std::string name;
    std::uint16_t instance = 0;
  };

  Ledger(std::vector<Stage> stages, ExtentTable& extents)
      : names_(std::move(stages)),
        stages_(names_.size()),
        extents_(extents),
        settled_(names_.size()) {}

  // Hears of each source item that has ended.
  std::function<void(const Item& item)> on_root_ended;
  // What a source item is called, in place of its source and its number; may be empty.
  std::function<std::string(const Item& item)> id_of_root;
  // Hears of each item without a parent that has ended, and all that was made from it: of a source
  // or a stateful stage. None: nobody asks, and settled() knows nothing.
  std::function<void(const Item& item)> on_settled;
  // Hears of each item that had failed before its own call was over, one way or another.
  std::function<void(ItemIndex item)> on_failed_ended;
  // Hears of each item behind which nothing more will come in its place. None: nobody asks.
  std::function<void(ItemIndex item)> on_place_left;

  // A stage that joins the run.
  void add_stage(Stage stage) {
    names_.push_back(std::move(stage));
    stages_.emplace_back();
  }

  Item& at(ItemIndex index) { return slabs_[index / kSlab][index % kSlab]; }

  // A new item for `stage`, taking over one holder of the payload's block.
  ItemIndex add(const Payload& payload, StageIndex stage, StageIndex made_by, std::uint64_t number,
                ItemIndex parent);
  // One that stands for these items, so that what is made from all of them can be its child: it is
  // over when they are, and what becomes of it becomes of each of them.
  ItemIndex add_together(std::span<const ItemIndex> members, StageIndex made_by);
  // A source item: counted in.
  void count_source_item() { ++run_.in; }

  // Nothing else of what its source item has led to is under way.
  bool is_last(ItemIndex index);
  // The item's own call is over and everything it made is a child by now.
  void end(ItemIndex index, Fate fate);

  // Keeps an item from ending although its call is over: more of what it made is still to come.
  void hold(ItemIndex index) { ++at(index).children; }
  void unhold(ItemIndex index);

  // Outputs that stand in the item's place in the order are not items yet; now they are.
  void hold_place(ItemIndex index) { ++at(index).spools; }
  void unhold_place(ItemIndex index);

  // Something that it made is lost, without ever having been an item.
  void mark_dead(ItemIndex index) { at(index).dead = true; }

  // Its payload is not needed any more, though the item goes on.
  void release_payload(Item& item);

  // "chunks:17/counts:0"
  std::string id(ItemIndex index);
  // The same in parts, the source's first. Of what was made from several items together: for each
  // of them.
  struct Step {
    StageIndex stage;
    std::uint32_t snapshot;
    std::uint64_t number;
    std::uint16_t edge = 0;   // of the last step: on which the item comes to its stage
    bool of_several = false;  // made from several items together, of which this is one

    bool same_place(const Step& other) const {
      return stage == other.stage && snapshot == other.snapshot && edge == other.edge &&
             of_several == other.of_several;
    }
  };
  void for_each_path(ItemIndex index, const std::function<void(std::span<const Step> path)>& use);
  // "chunks", "totals.0.3"; on another edge than the first "chunks@1", of several "batch+".
  std::string name_of(const Step& step) const;

  // What stands in the accounts of this stage for items of which nothing is under way any more.
  const Account& settled(StageIndex stage) const { return settled_[stage]; }
  // Takes up what had ended before this run went on.
  void resume(const Account& run, const std::vector<Account>& stages);

  Account& run() { return run_; }
  const Account& run() const { return run_; }
  Account& stage(StageIndex stage) { return stages_[stage]; }
  const Account& stage(StageIndex stage) const { return stages_[stage]; }
  std::uint64_t live() const { return live_; }

 private:
  static constexpr std::uint32_t kSlab = 4096;

  struct Tally {
    StageIndex stage = kNoStage;
    std::uint32_t done = 0;
    std::uint32_t dead = 0;
    std::uint32_t skipped = 0;
    std::uint32_t handled = 0;
  };

  void end_subtree(ItemIndex index);
  ItemIndex root_of(ItemIndex index);
  void note_end(ItemIndex root, StageIndex stage, Fate fate);
  void settle(ItemIndex root, const Item& item);
  void collect(ItemIndex index, const std::function<void(std::span<const Step>)>& use);

  std::vector<Stage> names_;
  std::vector<Account> stages_;
  Account run_;
  ExtentTable& extents_;
  std::vector<std::unique_ptr<Item[]>> slabs_;
  std::vector<ItemIndex> spare_;
  std::map<ItemIndex, std::vector<ItemIndex>> together_;  // members, by the item that joins them
  std::uint64_t live_ = 0;
  std::vector<Account> settled_;  // by stage
  // By root: of what has ended below it, where that does not stand in the item itself.
  std::unordered_map<ItemIndex, std::vector<Tally>> tallies_;
  std::vector<Step> behind_;  // of for_each_path()
  std::vector<Step> path_;    // likewise
};

}  // namespace penstock
