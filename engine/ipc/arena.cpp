#include "ipc/arena.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace penstock::ipc {
namespace {

constexpr std::size_t kSmallest = 64;
constexpr std::size_t kMaxBlock = std::size_t{1} << 46;

unsigned class_of(std::size_t bytes) {
  return static_cast<unsigned>(std::bit_width((std::max(bytes, kSmallest) - 1) / kSmallest));
}

}  // namespace

void Arena::adopt(OwnedExtent owned, std::size_t reserved) {
  Extent extent;
  extent.id = owned.id;
  extent.mapping = std::move(owned.mapping);
  extent.pages.resize(extent.mapping.size() / kPage);
  extent.permanent = true;
  const std::size_t kept = (reserved + kPage - 1) / kPage;
  for (std::size_t i = 0; i < kept; ++i) extent.pages[i].use = Page::Use::reserved;
  order_.push_back(extent.id);
  extents_.emplace(extent.id, std::move(extent));
}

Result<Block> Arena::allocate(std::size_t bytes) {
  if (bytes > kMaxBlock) {
    return Error(Status::lack, "a block of " + std::to_string(bytes) + " bytes");
  }
  for (;;) {
    if (auto block = take(bytes)) {
      allocated_ += bytes;
      return *block;
    }
    if (auto grown = grow(bytes); !grown) return grown.error();
  }
}

// Out of the extents that there are.
std::optional<Block> Arena::take(std::size_t bytes) {
  const unsigned size_class = class_of(bytes);
  if (size_class < kClasses) {
    if (auto slot = take_slot(size_class, bytes)) return slot;
    Extent* extent = extent_with(1);
    if (extent == nullptr) return std::nullopt;
    open_page(size_class, *extent);
    return take_slot(size_class, bytes);
  }
  const std::size_t pages = (bytes + kPage - 1) / kPage;
  Extent* extent = extent_with(pages);
  if (extent == nullptr) return std::nullopt;
  return take_pages(*extent, pages, bytes);
}

void Arena::open_page(unsigned size_class, Extent& extent) {
  const std::size_t index = *find_pages(extent, 1);
  Page& page = extent.pages[index];
  page.use = Page::Use::slots;
  page.size_class = static_cast<std::uint8_t>(size_class);
  page.next_fresh = 0;
  page.live = 0;
  page.listed = true;
  page.freed.clear();
  page.taken.assign(kPage / (kSmallest << size_class), false);
  ++extent.used_pages;
  open_[size_class].push_back({extent.id, static_cast<std::uint32_t>(index)});
}

std::optional<Block> Arena::take_slot(unsigned size_class, std::size_t bytes) {
  auto& open = open_[size_class];
  if (open.empty()) return std::nullopt;
  const PageRef where = open.back();
  Extent& extent = extents_.at(where.extent);
  Page& page = extent.pages[where.page];
  std::uint16_t slot = page.next_fresh;
  if (page.freed.empty()) {
    ++page.next_fresh;
  } else {
    slot = page.freed.back();
    page.freed.pop_back();
  }
  page.taken[slot] = true;
  ++page.live;
  if (page.live == page.taken.size()) {
    page.listed = false;
    open.pop_back();
  }
  Block block;
  block.ref.extent = extent.id;
  block.ref.offset = where.page * kPage + slot * (kSmallest << size_class);
  block.ref.size = bytes;
  block.data = extent.mapping.data() + block.ref.offset;
  return block;
}

Block Arena::take_pages(Extent& extent, std::size_t pages, std::size_t bytes) {
  const std::size_t first = *find_pages(extent, pages);
  for (std::size_t i = 0; i < pages; ++i) {
    extent.pages[first + i].use = i == 0 ? Page::Use::run : Page::Use::rest_of_run;
  }
  extent.pages[first].run_pages = static_cast<std::uint32_t>(pages);
  extent.used_pages += pages;
  Block block;
  block.ref.extent = extent.id;
  block.ref.offset = first * kPage;
  block.ref.size = bytes;
  block.data = extent.mapping.data() + block.ref.offset;
  return block;
}

std::optional<std::size_t> Arena::find_pages(const Extent& extent, std::size_t pages) const {
  std::size_t length = 0;
  for (std::size_t i = 0; i < extent.pages.size(); ++i) {
    length = extent.pages[i].use == Page::Use::free ? length + 1 : 0;
    if (length == pages) return i + 1 - pages;
  }
  return std::nullopt;
}

Arena::Extent* Arena::extent_with(std::size_t pages) {
  for (const std::uint32_t id : order_) {
    Extent& extent = extents_.at(id);
    if (extent.pages.size() - extent.used_pages >= pages && find_pages(extent, pages)) {
      return &extent;
    }
  }
  return nullptr;
}

Result<void> Arena::grow(std::size_t bytes) {
  const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
  auto owned = grower_.grow(whole <= kExtentBytes / 2 ? kExtentBytes : whole);
  if (!owned) return owned.error();
  if (owned->mapping.size() == 0) return {};
  Extent extent;
  extent.id = owned->id;
  extent.mapping = std::move(owned->mapping);
  extent.pages.resize(extent.mapping.size() / kPage);
  order_.push_back(extent.id);
  extents_.emplace(extent.id, std::move(extent));
  return {};
}

std::optional<const std::byte*> Arena::find(std::uint32_t id, std::uint64_t offset,
                                            std::uint64_t size) const {
  const auto found = extents_.find(id);
  if (found == extents_.end()) return std::nullopt;
  const Mapping& mapping = found->second.mapping;
  if (offset > mapping.size() || size > mapping.size() - offset) return std::nullopt;
  return mapping.data() + offset;
}

bool Arena::free(std::uint32_t id, std::uint64_t offset) {
  const auto found = extents_.find(id);
  if (found == extents_.end()) return false;
  Extent& extent = found->second;
  std::size_t index = offset / kPage;
  if (index >= extent.pages.size()) return false;
  while (extent.pages[index].use == Page::Use::rest_of_run) --index;
  Page& page = extent.pages[index];

  if (page.use == Page::Use::run) {
    release_pages(extent, index, page.run_pages);
    give_back_if_empty(extent);
    return true;
  }
  if (page.use != Page::Use::slots) return false;
  const std::size_t slot_bytes = kSmallest << page.size_class;
  const std::size_t slot = offset % kPage / slot_bytes;
  if (slot >= page.taken.size() || !page.taken[slot]) return false;
  page.taken[slot] = false;
  page.freed.push_back(static_cast<std::uint16_t>(slot));
  --page.live;
  auto& open = open_[page.size_class];
  if (!page.listed) {
    page.listed = true;
    open.push_back({id, static_cast<std::uint32_t>(index)});
  } else if (page.live == 0 && open.size() > 1) {
    std::erase_if(open, [&](const PageRef& ref) { return ref.extent == id && ref.page == index; });
    release_pages(extent, index, 1);
    give_back_if_empty(extent);
  }
  return true;
}

void Arena::release_pages(Extent& extent, std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) extent.pages[i] = Page{};
  extent.used_pages -= count;
}

// One empty extent is kept, as the next call will want it; one larger than the ordinary never is.
void Arena::give_back_if_empty(Extent& extent) {
  if (extent.permanent || extent.used_pages != 0) return;
  if (extent.mapping.size() <= kExtentBytes) {
    const auto empty = std::count_if(extents_.begin(), extents_.end(), [](const auto& entry) {
      return !entry.second.permanent && entry.second.used_pages == 0;
    });
    if (empty < 2) return;
  }
  const std::uint32_t id = extent.id;
  std::erase(order_, id);
  extents_.erase(id);
  grower_.shrink(id);
}

}  // namespace penstock::ipc
