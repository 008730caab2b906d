#include "api/carried.hpp"

#include <utility>

#include "penstock/call.hpp"

namespace penstock {

namespace calls {

std::shared_ptr<const void> with_objects(const std::function<void()>& write) {
  sync::Mentions mentions;
  write();
  auto objects = mentions.take();
  if (objects.empty()) return nullptr;
  auto carried_ones = std::make_shared<CarriedObjects>();
  for (const auto& object : objects) carried_ones->push_back(carry(object));
  return carried_ones;
}

}  // namespace calls

CarriedObjects carried(const std::shared_ptr<const void>& objects) {
  if (!objects) return {};
  return *static_cast<const CarriedObjects*>(objects.get());
}

std::shared_ptr<const CarriedObject> carry(const sync::ObjectRef& object, std::string name) {
  auto one = std::make_shared<CarriedObject>();
  one->id = object->id();
  one->kind = static_cast<std::uint32_t>(object->kind());
  one->name = std::move(name);
  one->descriptors = object->descriptors();
  one->owner = object;
  return one;
}

std::uint32_t new_party() {
  return sync::new_party();
}

}  // namespace penstock
