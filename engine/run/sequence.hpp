// Lets items into stages that take them in order: by the number of their source item and, below it,
// by the path of emits that led to them, for each source (and each stateful stage, whose outputs
// are items of their own) apart.
//
// Before each such stage (all its instances together) stands a gate. It has a line of all items
// that are on their way to it, in that order: an item's outputs take its place when they are made,
// and one that ends without any leaves a gap. Whatever stands at the head of the line and has come
// to the gate goes through. So nothing is sorted, every step takes constant time, and the head of a
// line always tells which item the rest waits for. Belongs to the loop.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "plan/plan.hpp"
#include "run/ledger.hpp"

namespace penstock {

class Sequence {
 public:
  Sequence(const Plan& plan, Ledger& ledger);

  bool empty() const { return gates_.empty(); }
  // Whether items wait at this stage until it is their turn.
  bool guards(StageIndex stage) const {
    return stage < gate_of_.size() && gate_of_[stage] != kNone;
  }

  // A new item, made by a source or a stateful stage: it is the last so far.
  void append(ItemIndex item);
  // A new item, made from `place`: it stands right before it.
  void insert(ItemIndex item, ItemIndex place);

  // The item has come to its stage's gate. Items that may go through now are in `passed()`.
  void arrive(ItemIndex item);
  // Nothing more comes in the place of this item.
  void leave(ItemIndex item);

  // Items that have gone through, in order, until they are taken from here.
  std::vector<ItemIndex>& passed() { return passed_; }

  // The first item of each line: what those behind it wait for. Not those at the gate.
  template <class F>
  void for_each_head(F&& f) const {
    for (const Gate& gate : gates_) {
      for (const auto& [origin, line] : gate.lines) {
        if (line.head != kNoItem) f(line.head);
      }
    }
  }

 private:
  static constexpr std::uint16_t kNone = UINT16_MAX;

  struct Line {
    ItemIndex head = kNoItem;
    ItemIndex tail = kNoItem;
  };
  struct Place {
    ItemIndex before = kNoItem;
    ItemIndex after = kNoItem;
    Line* line = nullptr;  // null: it does not stand in this gate's line
    bool arrived = false;
  };
  struct Gate {
    std::vector<bool> leads_here;      // by stage: items before it may come here, or have
    std::map<StageIndex, Line> lines;  // by the stage that made the first of them
    std::vector<Place> places;         // by item
  };

  Place& place(Gate& gate, ItemIndex item);
  void link(Gate& gate, Line& line, ItemIndex item, ItemIndex after);
  void unlink(Gate& gate, ItemIndex item);
  void advance(Gate& gate, Line& line);

  Ledger& ledger_;
  std::vector<Gate> gates_;
  std::vector<std::uint16_t> gate_of_;  // by stage
  std::vector<ItemIndex> passed_;
};

}  // namespace penstock
