#include "sync/map.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace penstock::sync {

struct MapState {
  std::uint64_t capacity;
  std::atomic<std::uint32_t> active;    // which half
  std::atomic<std::uint32_t> changing;  // the numbers below may not fit what is there
  std::atomic<std::uint64_t> used;      // bytes of the active half, waste included
  std::atomic<std::uint64_t> live;      // bytes of entries that are in the map
  std::atomic<std::uint64_t> count;     // and their number
};

// Followed by the value, so that one of 8 bytes can be replaced in one store, and the key.
struct MapEntry {
  std::atomic<std::uint32_t> next;
  std::uint32_t hash;
  std::uint32_t key_size;
  std::uint32_t value_size;

  char* value() { return reinterpret_cast<char*>(this + 1); }
};

namespace {

constexpr std::uint64_t kStep = 8;
constexpr std::uint64_t kStateBytes = 64;
constexpr std::uint64_t kLargestHalf = std::uint64_t{UINT32_MAX} * kStep;
static_assert(sizeof(MapState) <= kStateBytes);
static_assert(sizeof(MapEntry) == Map::kPerEntry);

// FNV-1a: the same in every process, whatever it was built with.
std::uint32_t hash_of(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

constexpr std::uint64_t rounded(std::uint64_t bytes) {
  return (bytes + kStep - 1) / kStep * kStep;
}

std::uint64_t bytes_of(std::uint64_t key, std::uint64_t value) {
  return rounded(sizeof(MapEntry) + key + value);
}

std::uint64_t half_bytes_for(std::uint64_t capacity) {
  return rounded(capacity + capacity / 4 + sizeof(MapEntry));
}

std::uint32_t buckets_for(std::uint64_t capacity) {
  return static_cast<std::uint32_t>(
      std::bit_ceil(std::clamp<std::uint64_t>(capacity / 64, 16, 1u << 28)));
}

std::uint64_t content_bytes_for(std::uint64_t capacity) {
  return kStateBytes +
         2 * (half_bytes_for(capacity) + buckets_for(capacity) * sizeof(std::uint32_t));
}

Error damaged() {
  return Error(Status::gave_up, "shared memory: that of a map is damaged");
}

}  // namespace

Map::Map(std::uint64_t id, Region region)
    : GuardedRegion(Kind::map, id, std::move(region)),
      state_(*reinterpret_cast<MapState*>(content().data())),
      capacity_(state_.capacity),
      half_bytes_(half_bytes_for(capacity_)),
      bucket_count_(buckets_for(capacity_)) {}

Result<std::shared_ptr<Map>> Map::create(std::uint64_t capacity) {
  if (half_bytes_for(std::min(capacity, kLargestHalf)) > kLargestHalf) {
    return Error(Status::refused, "a map of " + std::to_string(capacity) + " bytes: too many");
  }
  const std::uint64_t id = new_object_id();
  auto region = create_region(Kind::map, id, content_bytes_for(capacity));
  if (!region) return region.error();
  reinterpret_cast<MapState*>(content_of(*region).data())->capacity = capacity;
  return std::shared_ptr<Map>(new Map(id, *std::move(region)));
}

Result<ObjectRef> Map::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  auto region = open_region(std::move(descriptors), Kind::map, id, kStateBytes);
  if (!region) return region.error();
  const std::span<std::byte> content = content_of(*region);
  const std::uint64_t capacity = reinterpret_cast<MapState*>(content.data())->capacity;
  if (capacity > kLargestHalf || content_bytes_for(capacity) > content.size()) return damaged();
  std::shared_ptr<Map> map(new Map(id, *std::move(region)));
  if (map->capacity_ != capacity) return damaged();
  return ObjectRef(std::move(map));
}

template <class Body>
auto Map::with_lock(Body body) -> decltype(body()) {
  if (const auto locked = lock(kForever); !locked) return locked.error();
  auto result = [&]() -> decltype(body()) {
    if (state_.changing.load(std::memory_order_relaxed) != 0) {
      if (const auto counted = count_anew(); !counted) return counted.error();
    }
    return body();
  }();
  if (const auto unlocked = unlock(); !unlocked) return unlocked.error();
  return result;
}

Map::Link* Map::buckets(std::uint32_t half) const {
  const std::uint64_t bytes = half_bytes_ + bucket_count_ * sizeof(Link);
  return reinterpret_cast<Link*>(content().data() + kStateBytes + half * bytes);
}

std::byte* Map::area(std::uint32_t half) const {
  return reinterpret_cast<std::byte*>(buckets(half) + bucket_count_);
}

std::uint32_t Map::active() const {
  return state_.active.load(std::memory_order_relaxed) & 1;
}

std::uint64_t Map::View::bytes() const {
  return bytes_of(key.size(), value.size());
}

Result<Map::View> Map::entry_at(std::uint32_t half, std::uint32_t number) const {
  const std::uint64_t offset = (number - std::uint64_t{1}) * kStep;
  if (offset + sizeof(MapEntry) > half_bytes_) return damaged();
  auto* entry = reinterpret_cast<MapEntry*>(area(half) + offset);
  const std::uint32_t key_size = entry->key_size;
  const std::uint32_t value_size = entry->value_size;
  std::atomic_signal_fence(std::memory_order_seq_cst);  // from here on the copies count
  if (std::uint64_t{key_size} + value_size > half_bytes_ - offset - sizeof *entry) return damaged();
  return View{entry, {entry->value() + value_size, key_size}, {entry->value(), value_size}};
}

Result<Map::Place> Map::find(std::string_view key) const {
  const std::uint32_t half = active();
  const std::uint32_t hash = hash_of(key);
  Place place{&buckets(half)[hash & (bucket_count_ - 1)], {}};
  for (std::uint64_t steps = half_bytes_ / sizeof(MapEntry);; --steps) {
    const std::uint32_t number = place.link->load(std::memory_order_relaxed);
    if (number == 0) return place;
    const auto entry = entry_at(half, number);
    if (!entry) return entry.error();
    if (steps == 0) return damaged();  // a chain that bites its tail
    if (entry->at->hash == hash && entry->key == key) {
      place.entry = *entry;
      return place;
    }
    place.link = &entry->at->next;
  }
}

template <class Each>
Result<void> Map::for_each(Each each) const {
  const std::uint32_t half = active();
  std::uint64_t left = half_bytes_;  // entries do not lie in one another
  for (std::uint32_t bucket = 0; bucket != bucket_count_; ++bucket) {
    std::uint32_t number = buckets(half)[bucket].load(std::memory_order_relaxed);
    while (number != 0) {
      const auto entry = entry_at(half, number);
      if (!entry) return entry.error();
      if (entry->bytes() > left) return damaged();
      left -= entry->bytes();
      each(*entry);
      number = entry->at->next.load(std::memory_order_relaxed);
    }
  }
  return {};
}

Result<bool> Map::get(std::string_view key, std::string& value) {
  return with_lock([&]() -> Result<bool> {
    const auto place = find(key);
    if (!place) return place.error();
    if (place->entry.at != nullptr) value = place->entry.value;
    return place->entry.at != nullptr;
  });
}

Result<bool> Map::erase(std::string_view key) {
  return with_lock([&]() -> Result<bool> {
    const auto place = find(key);
    if (!place) return place.error();
    const View& entry = place->entry;
    if (entry.at == nullptr) return false;
    state_.changing.store(1);
    place->link->store(entry.at->next.load(std::memory_order_relaxed));
    state_.live.fetch_sub(entry.bytes());
    state_.count.fetch_sub(1);
    state_.changing.store(0);
    return true;
  });
}

Result<void> Map::set(std::string_view key, std::string_view value) {
  return with_lock([&]() -> Result<void> {
    const auto place = find(key);
    if (!place) return place.error();
    const View& old = place->entry;
    if (old.at != nullptr && old.value.size() == value.size() && value.size() <= kStep) {
      replace(*old.at, value);
      return {};
    }
    const std::uint64_t bytes = bytes_of(key.size(), value.size());
    const std::uint64_t freed = old.at == nullptr ? 0 : old.bytes();
    const std::uint64_t live = state_.live.load(std::memory_order_relaxed) - freed + bytes;
    if (bytes > capacity_ || live > capacity_) {
      return Error(Status::lack, "a map of " + std::to_string(capacity_) + " bytes is full: " +
                                     std::to_string(bytes) + " more are wanted");
    }
    const std::uint64_t used = state_.used.load(std::memory_order_relaxed);
    if (used > half_bytes_ || used % kStep != 0) return damaged();
    if (used + bytes > half_bytes_) return move_all(key, value);
    state_.changing.store(1);
    const std::uint32_t next = old.at == nullptr ? 0 : old.at->next.load(std::memory_order_relaxed);
    append(active(), *place->link, next, key, value);
    state_.live.store(live);
    if (old.at == nullptr) state_.count.fetch_add(1);
    state_.changing.store(0);
    return {};
  });
}

// In one store. What follows a shorter value in its 8 bytes is of the same entry, and stays.
void Map::replace(MapEntry& entry, std::string_view value) {
  if (value.empty()) return;
  auto& word = *reinterpret_cast<std::atomic<std::uint64_t>*>(entry.value());
  std::uint64_t bytes = word.load(std::memory_order_relaxed);
  std::memcpy(&bytes, value.data(), value.size());
  word.store(bytes);
}

// The entry is in the map from the last store to `link` on.
void Map::append(std::uint32_t half, Link& link, std::uint32_t next, std::string_view key,
                 std::string_view value) {
  const std::uint64_t used = std::min(state_.used.load(std::memory_order_relaxed) / kStep * kStep,
                                      half_bytes_ - bytes_of(key.size(), value.size()));
  auto* entry = reinterpret_cast<MapEntry*>(area(half) + used);
  state_.used.store(used + bytes_of(key.size(), value.size()));
  entry->hash = hash_of(key);
  entry->key_size = static_cast<std::uint32_t>(key.size());
  entry->value_size = static_cast<std::uint32_t>(value.size());
  value.copy(entry->value(), value.size());
  key.copy(entry->value() + value.size(), key.size());
  entry->next.store(next, std::memory_order_relaxed);
  link.store(static_cast<std::uint32_t>(used / kStep + 1));
}

// To the other half, with a new value for this key; then that one is the map.
Result<void> Map::move_all(std::string_view key, std::string_view value) {
  const std::uint32_t half = 1 - active();
  state_.changing.store(1);
  std::fill_n(reinterpret_cast<std::uint32_t*>(buckets(half)), bucket_count_, 0);
  state_.used.store(0);
  std::uint64_t live = 0;
  std::uint64_t count = 0;
  const auto add = [&](std::string_view its_key, std::string_view its_value) {
    live += bytes_of(its_key.size(), its_value.size());
    if (live > half_bytes_) return;  // then what is there is no map, and does not get in the way
    Link& link = buckets(half)[hash_of(its_key) & (bucket_count_ - 1)];
    append(half, link, link.load(std::memory_order_relaxed), its_key, its_value);
    ++count;
  };
  add(key, value);
  const auto moved = for_each([&](const View& entry) {
    if (entry.key != key) add(entry.key, entry.value);
  });
  if (!moved) return moved.error();
  if (live > half_bytes_) return damaged();
  state_.active.store(half);
  state_.live.store(live);
  state_.count.store(count);
  state_.changing.store(0);
  return {};
}

Result<void> Map::count_anew() {
  std::uint64_t used = 0;
  std::uint64_t live = 0;
  std::uint64_t count = 0;
  const std::byte* start = area(active());
  const auto counted = for_each([&](const View& entry) {
    const auto offset =
        static_cast<std::uint64_t>(reinterpret_cast<const std::byte*>(entry.at) - start);
    used = std::max(used, offset + entry.bytes());
    live += entry.bytes();
    ++count;
  });
  if (!counted) return counted;
  state_.used.store(used);
  state_.live.store(live);
  state_.count.store(count);
  state_.changing.store(0);
  return {};
}

Result<void> Map::clear() {
  return with_lock([&]() -> Result<void> {
    const std::uint32_t half = 1 - active();
    state_.changing.store(1);
    std::fill_n(reinterpret_cast<std::uint32_t*>(buckets(half)), bucket_count_, 0);
    state_.active.store(half);
    return count_anew();
  });
}

Result<std::uint64_t> Map::size() {
  return with_lock([&]() -> Result<std::uint64_t> { return state_.count.load(); });
}

Result<std::vector<std::pair<std::string, std::string>>> Map::entries() {
  using Entries = std::vector<std::pair<std::string, std::string>>;
  return with_lock([&]() -> Result<Entries> {
    Entries all;
    const auto copied =
        for_each([&](const View& entry) { all.emplace_back(entry.key, entry.value); });
    if (!copied) return copied.error();
    return all;
  });
}

}  // namespace penstock::sync
