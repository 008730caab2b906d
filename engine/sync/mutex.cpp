#include "sync/mutex.hpp"

#include <utility>

namespace penstock::sync {

Result<std::shared_ptr<Mutex>> Mutex::create(Kind kind) {
  const std::uint64_t id = new_object_id();
  auto region = create_region(kind, id, 0, kind == Kind::recursive_mutex);
  if (!region) return region.error();
  return std::shared_ptr<Mutex>(new Mutex(kind, id, *std::move(region)));
}

Result<ObjectRef> Mutex::open(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors) {
  auto region = open_region(std::move(descriptors), kind, id, 0);
  if (!region) return region.error();
  return ObjectRef(new Mutex(kind, id, *std::move(region)));
}

}  // namespace penstock::sync
