#include "run/ledger.hpp"

#include <algorithm>

namespace penstock {
namespace {

void inherit(Item& parent, const Item& child) {
  parent.dead |= child.dead;
  parent.skipped |= child.skipped;
  parent.handled |= child.handled;
}

}  // namespace

void ItemList::push_back(Ledger& ledger, ItemIndex item) {
  ledger.at(item).next = kNoItem;
  if (empty()) {
    head_ = item;
  } else {
    ledger.at(tail_).next = item;
  }
  tail_ = item;
  ++size_;
}

void ItemList::push_front(Ledger& ledger, ItemIndex item) {
  ledger.at(item).next = head_;
  if (empty()) tail_ = item;
  head_ = item;
  ++size_;
}

ItemIndex ItemList::pop_front(Ledger& ledger) {
  const ItemIndex item = head_;
  head_ = ledger.at(item).next;
  if (head_ == kNoItem) tail_ = kNoItem;
  --size_;
  return item;
}

void ItemList::prepend(Ledger& ledger, ItemList& other) {
  if (other.empty()) return;
  ledger.at(other.tail_).next = head_;
  if (empty()) tail_ = other.tail_;
  head_ = other.head_;
  size_ += other.size_;
  other = ItemList();
}

ItemIndex Ledger::add(const Payload& payload, StageIndex stage, StageIndex made_by,
                      std::uint64_t number, ItemIndex parent) {
  if (spare_.empty()) {
    const auto first = static_cast<ItemIndex>(slabs_.size() * kSlab);
    slabs_.push_back(std::make_unique<Item[]>(kSlab));
    for (ItemIndex i = kSlab; i > 0; --i) spare_.push_back(first + i - 1);
  }
  const ItemIndex index = spare_.back();
  spare_.pop_back();
  ++live_;
  Item& item = at(index);
  item = Item{};
  item.payload = payload;
  item.stage = stage;
  item.made_by = made_by;
  item.number = number;
  item.parent = parent;
  if (parent != kNoItem) ++at(parent).children;
  if (stage != kNoStage) ++stages_[stage].in;
  return index;
}

void Ledger::release_payload(Item& item) {
  if (item.payload.where == ipc::Where::block) extents_.release(item.payload.block);
  item.payload.where = ipc::Where::nothing;
}

ItemIndex Ledger::add_together(std::span<const ItemIndex> members, StageIndex made_by) {
  const ItemIndex index = add(Payload{}, kNoStage, made_by, 0, kNoItem);
  at(index).several = true;
  at(index).ended = true;
  for (const ItemIndex member : members) hold(member);
  together_.emplace(index, std::vector<ItemIndex>(members.begin(), members.end()));
  return index;
}

void Ledger::end(ItemIndex index, Fate fate) {
  Item& item = at(index);
  release_payload(item);
  if (item.failed && on_failed_ended) on_failed_ended(index);
  item.ended = true;
  item.dead |= fate == Fate::dead;
  item.skipped |= fate == Fate::skipped;
  item.handled |= fate == Fate::handled;
  const auto count = [fate](Account& account) {
    account.skipped += fate == Fate::skipped ? 1 : 0;
    account.handled += fate == Fate::handled ? 1 : 0;
  };
  if (item.stage != kNoStage) {
    Account& account = stages_[item.stage];
    ++(fate == Fate::dead ? account.dead : account.done);
    count(account);
    if (on_settled) note_end(root_of(index), item.stage, fate);
  }
  count(run_);
  if (item.spools == 0 && on_place_left) on_place_left(index);
  if (item.children == 0) end_subtree(index);
}

void Ledger::unhold_place(ItemIndex index) {
  Item& item = at(index);
  if (--item.spools == 0 && item.ended && on_place_left) on_place_left(index);
}

void Ledger::unhold(ItemIndex index) {
  Item& item = at(index);
  if (--item.children == 0 && item.ended) end_subtree(index);
}

void Ledger::end_subtree(ItemIndex index) {
  for (;;) {
    const Item item = at(index);
    spare_.push_back(index);
    --live_;
    if (item.several) {
      const auto members = together_.extract(index);
      for (const ItemIndex member : members.mapped()) {
        inherit(at(member), item);
        unhold(member);
      }
      return;
    }
    if (item.parent == kNoItem) {
      if (item.made_by == kNoStage) return;
      // What a stateful stage made is no source item: it is counted only when it is lost.
      if (item.snapshot > 0) {
        run_.in += item.dead ? 1 : 0;
        run_.dead += item.dead ? 1 : 0;
        if (on_settled) settle(index, item);
        return;
      }
      ++(item.dead ? run_.dead : run_.done);
      if (on_settled) settle(index, item);
      if (on_root_ended) on_root_ended(item);
      return;
    }
    Item& parent = at(item.parent);
    inherit(parent, item);
    if (--parent.children > 0 || !parent.ended) return;
    index = item.parent;
  }
}

ItemIndex Ledger::root_of(ItemIndex index) {
  for (;;) {
    const Item& item = at(index);
    if (item.parent != kNoItem) {
      index = item.parent;
    } else if (item.several) {
      index = together_.at(index).front();
    } else {
      return index;
    }
  }
}

void Ledger::note_end(ItemIndex root, StageIndex stage, Fate fate) {
  Item& item = at(root);
  if (item.made_by == kNoStage) return;
  if (fate == Fate::done && item.passed_count < Item::kPassedHere) {
    item.passed[item.passed_count++] = stage;
    return;
  }
  item.tallied = true;
  auto& tallies = tallies_[root];
  auto tally = std::find_if(tallies.begin(), tallies.end(),
                            [stage](const Tally& one) { return one.stage == stage; });
  if (tally == tallies.end()) tally = tallies.insert(tally, Tally{stage});
  ++(fate == Fate::dead ? tally->dead : tally->done);
  tally->skipped += fate == Fate::skipped ? 1 : 0;
  tally->handled += fate == Fate::handled ? 1 : 0;
}

bool Ledger::is_last(ItemIndex index) {
  if (at(index).children > 0) return false;
  for (;;) {
    const Item& item = at(index);
    if (item.several) return false;  // not worth looking at each of them
    if (item.parent == kNoItem) return true;
    index = item.parent;
    if (at(index).children > 1 || !at(index).ended) return false;
  }
}

void Ledger::settle(ItemIndex root, const Item& item) {
  for (std::size_t i = 0; i < item.passed_count; ++i) ++settled_[item.passed[i]].done;
  if (item.tallied) {
    const auto tallies = tallies_.extract(root);
    for (const Tally& tally : tallies.mapped()) {
      Account& account = settled_[tally.stage];
      account.done += tally.done;
      account.dead += tally.dead;
      account.skipped += tally.skipped;
      account.handled += tally.handled;
    }
  }
  // A source's own account counts what it makes at once.
  if (item.snapshot == 0) ++settled_[item.made_by].done;
  on_settled(item);
}

void Ledger::resume(const Account& run, const std::vector<Account>& stages) {
  run_ = run;
  stages_ = settled_ = stages;
}

void Ledger::for_each_path(ItemIndex index,
                           const std::function<void(std::span<const Step> path)>& use) {
  behind_.clear();
  collect(index, use);
}

// What is behind the item stands in `behind_`, the last step first.
void Ledger::collect(ItemIndex index, const std::function<void(std::span<const Step>)>& use) {
  const std::size_t before = behind_.size();
  const ItemIndex of = index;
  for (;;) {
    const Item& item = at(index);
    if (item.several) {
      for (const ItemIndex member : together_.at(index)) collect(member, use);
      break;
    }
    const bool root = item.parent == kNoItem;
    const bool named_by_join =
        !root && at(item.parent).stage == kNoStage && !at(item.parent).several;
    if (!named_by_join) {
      const std::uint16_t edge = behind_.empty() ? at(of).edge : 0;
      const bool of_several = !root && at(item.parent).several;
      behind_.push_back({item.made_by, item.snapshot, item.number, edge, of_several});
    }
    if (root) {
      path_.assign(behind_.rbegin(), behind_.rend());
      use(path_);
      break;
    }
    index = item.parent;
  }
  behind_.resize(before);
}

std::string Ledger::name_of(const Step& step) const {
  const Stage& stage = names_[step.stage];
  std::string name = stage.name;
  if (step.snapshot > 0) {
    name += "." + std::to_string(stage.instance) + "." + std::to_string(step.snapshot);
  }
  if (step.of_several) name += "+";
  if (step.edge > 0) name += "@" + std::to_string(step.edge);
  return name;
}

std::string Ledger::id(ItemIndex index) {
  const Item& item = at(index);
  if (item.several) {
    const std::vector<ItemIndex>& members = together_.at(index);
    return id(members.front()) + ".." + id(members.back());
  }
  // One that only joins its children names the same source item as they do.
  if (item.parent != kNoItem && at(item.parent).stage == kNoStage && !at(item.parent).several) {
    return id(item.parent);
  }
  if (item.made_by == kNoStage) return names_[item.stage].name;  // a completion
  if (item.parent == kNoItem && item.snapshot == 0 && id_of_root) return id_of_root(item);
  std::string text = item.parent == kNoItem ? "" : id(item.parent) + "/";
  const Stage& made_by = names_[item.made_by];
  text += made_by.name;
  if (item.snapshot > 0) {
    text += "." + std::to_string(made_by.instance) + "." + std::to_string(item.snapshot);
  }
  return text + ":" + (item.number == kFailedRecord ? "failed" : std::to_string(item.number));
}

}  // namespace penstock
