#include "sync/managed/type_registry.hpp"

#include <utility>

namespace penstock::sync {
namespace {

std::string known_names(const auto& map) {
  std::string names;
  for (const auto& [name, known] : map) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "none" : names;
}

void checked(const Result<void>& result) {
  if (!result) throw ManagerError(result.error().status(), result.error().what());
}

}  // namespace

TypeRegistry& TypeRegistry::of_this_process() {
  static TypeRegistry& registry = *new TypeRegistry;  // asked by static objects of the program
  return registry;
}

Result<void> TypeRegistry::add(const std::string& name, const std::type_info& type) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const RegisteredType>& known = types_[name];
  if (known == nullptr) {
    auto fresh = std::make_shared<RegisteredType>();
    fresh->type = &type;
    known = std::move(fresh);
  }
  if (*known->type == type) return {};
  return Error(Status::refused, "manager: two types are registered with the name '" + name + "'");
}

Result<void> TypeRegistry::change(const std::string& name,
                                  const std::function<void(RegisteredType&)>& change) {
  const std::lock_guard lock(mutex_);
  const auto found = types_.find(name);
  if (found == types_.end()) {
    return Error(Status::refused, "manager: no type is registered with the name '" + name + "'");
  }
  auto changed = std::make_shared<RegisteredType>(*found->second);
  change(*changed);
  found->second = std::move(changed);
  return {};
}

const char* TypeRegistry::text(const std::string& text) {
  const std::lock_guard lock(mutex_);
  return texts_.insert(text).first->c_str();
}

Result<std::shared_ptr<const RegisteredType>> TypeRegistry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = types_.find(name);
  if (found != types_.end()) return found->second;
  return Error(Status::refused,
               "no type '" + std::string(name) +
                   "' is registered in the server's program; there is: " + known_names(types_));
}

bool TypeRegistry::empty() const {
  const std::lock_guard lock(mutex_);
  return types_.empty();
}

}  // namespace penstock::sync

namespace penstock::managed {

void add_type(const std::string& type, const std::type_info& of) {
  sync::checked(sync::TypeRegistry::of_this_process().add(type, of));
}

void add_maker(const std::string& type, std::size_t arguments, Maker maker) {
  sync::checked(sync::TypeRegistry::of_this_process().change(
      type, [&](sync::RegisteredType& known) { known.makers[arguments] = maker; }));
}

const char* add_method(const std::string& type, const std::string& name, std::size_t arguments,
                       Method method) {
  sync::TypeRegistry& registry = sync::TypeRegistry::of_this_process();
  sync::checked(registry.change(type, [&](sync::RegisteredType& known) {
    known.methods[name] = {arguments, method};
  }));
  return registry.text(name);
}

void let_run_side_by_side(const std::string& type) {
  sync::checked(sync::TypeRegistry::of_this_process().change(
      type, [](sync::RegisteredType& known) { known.side_by_side = true; }));
}

}  // namespace penstock::managed
