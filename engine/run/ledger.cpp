#include "run/ledger.hpp"

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
        return;
      }
      ++(item.dead ? run_.dead : run_.done);
      if (on_root_ended) on_root_ended(item);
      return;
    }
    Item& parent = at(item.parent);
    inherit(parent, item);
    if (--parent.children > 0 || !parent.ended) return;
    index = item.parent;
  }
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
  std::string text = item.parent == kNoItem ? "" : id(item.parent) + "/";
  const Stage& made_by = names_[item.made_by];
  text += made_by.name;
  if (item.snapshot > 0) {
    text += "." + std::to_string(made_by.instance) + "." + std::to_string(item.snapshot);
  }
  return text + ":" + (item.number == kFailedRecord ? "failed" : std::to_string(item.number));
}

}  // namespace penstock
