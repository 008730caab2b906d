// Texts with a value of bytes each, in memory of a fixed size. Everything happens under the lock
// that it has, which may also be taken from outside around several calls.
//
// Entries are appended and linked into chains by hash, in one of two halves. What is replaced or
// erased stays behind as waste; when a half is full, what is left of it moves to the other one. All
// changes are made by a single store, so whoever is killed on the way has changed the map or not;
// the numbers beside it are then counted anew.
//
// Fails with `lack` when it is full, with `gave_up` when the memory makes no sense. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/guarded_region.hpp"

namespace penstock::sync {

struct MapState;
struct MapEntry;

class Map final : public GuardedRegion {
 public:
  static constexpr std::uint64_t kPerEntry = 16;  // beside key and value, in steps of 8

  // For `capacity` bytes of entries. It takes 2.5 times as much.
  static Result<std::shared_ptr<Map>> create(std::uint64_t capacity);
  static Result<ObjectRef> open(std::uint64_t id, std::vector<UniqueFd> descriptors);

  // False: there is no such key.
  Result<bool> get(std::string_view key, std::string& value);
  Result<bool> erase(std::string_view key);
  Result<void> set(std::string_view key, std::string_view value);
  Result<void> clear();

  Result<std::uint64_t> size();
  // All that it has at one moment, in no order.
  Result<std::vector<std::pair<std::string, std::string>>> entries();

 private:
  // The number of an entry in its half, from 1 on, in steps of 8 bytes; 0: none.
  using Link = std::atomic<std::uint32_t>;
  // One that lies within its half, whatever happens to the sizes that stand in it meanwhile.
  struct View {
    MapEntry* at = nullptr;
    std::string_view key;
    std::string_view value;
    std::uint64_t bytes() const;
  };
  struct Place {
    Link* link;  // that leads to the entry, or would
    View entry;  // at null: there is none
  };

  Map(std::uint64_t id, Region region);

  // Runs `body` with the lock, after what a death has left behind.
  template <class Body>
  auto with_lock(Body body) -> decltype(body());

  Link* buckets(std::uint32_t half) const;
  std::byte* area(std::uint32_t half) const;
  std::uint32_t active() const;
  Result<View> entry_at(std::uint32_t half, std::uint32_t number) const;
  Result<Place> find(std::string_view key) const;
  template <class Each>
  Result<void> for_each(Each each) const;

  static void replace(MapEntry& entry, std::string_view value);
  void append(std::uint32_t half, Link& link, std::uint32_t next, std::string_view key,
              std::string_view value);
  Result<void> move_all(std::string_view key, std::string_view value);
  Result<void> count_anew();

  MapState& state_;
  // As they were when it was opened, and as fits into the region.
  std::uint64_t capacity_;
  std::uint64_t half_bytes_;
  std::uint32_t bucket_count_;
};

}  // namespace penstock::sync
