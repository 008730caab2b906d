// The types of this program that may live in its managers' servers. What is registered stays; the
// program registers before it serves. Any thread.
#pragma once

#include <penstock/managed/type.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <typeinfo>

#include "base/result.hpp"

namespace penstock::sync {

struct RegisteredMethod {
  std::size_t arguments = 0;
  managed::Method call = nullptr;
};

struct RegisteredType {
  const std::type_info* type = nullptr;
  bool side_by_side = false;
  std::map<std::size_t, managed::Maker> makers;  // by the number of arguments
  std::map<std::string, RegisteredMethod, std::less<>> methods;
};

class TypeRegistry {
 public:
  static TypeRegistry& of_this_process();

  // Fails if another type has the name.
  Result<void> add(const std::string& name, const std::type_info& type);
  // Of a type that has been added. Objects that live already go on with what they had.
  Result<void> change(const std::string& name, const std::function<void(RegisteredType&)>& change);
  const char* text(const std::string& text);  // the same, for as long as the process lives

  // Fails, and says which there are, if there is none.
  Result<std::shared_ptr<const RegisteredType>> find(std::string_view name) const;
  bool empty() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const RegisteredType>, std::less<>> types_;
  std::set<std::string> texts_;
};

}  // namespace penstock::sync
