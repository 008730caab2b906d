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
      : names_(std::move(stages)), stages_(names_.size()), extents_(extents) {}

  // Hears of each source item that has ended.
  std::function<void(const Item& item)> on_root_ended;
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

  Account& run() { return run_; }
  const Account& run() const { return run_; }
  Account& stage(StageIndex stage) { return stages_[stage]; }
  const Account& stage(StageIndex stage) const { return stages_[stage]; }
  std::uint64_t live() const { return live_; }

 private:
  static constexpr std::uint32_t kSlab = 4096;

  void end_subtree(ItemIndex index);

  std::vector<Stage> names_;
  std::vector<Account> stages_;
  Account run_;
  ExtentTable& extents_;
  std::vector<std::unique_ptr<Item[]>> slabs_;
  std::vector<ItemIndex> spare_;
  std::map<ItemIndex, std::vector<ItemIndex>> together_;  // members, by the item that joins them
  std::uint64_t live_ = 0;
};

}  // namespace penstock
