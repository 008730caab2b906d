// An object of a type of the program's own in a manager's server. Its methods run on the threads of
// the connections that call them, one at a time unless the type lets them run side by side; who
// waits for its turn waits no longer than its client lives. What a method throws is the answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sync/managed/object_client.hpp"
#include "sync/managed/stored.hpp"
#include "sync/managed/type_registry.hpp"
#include "sync/managed/waiter.hpp"

namespace penstock::sync {

class StoredInstance final : public Stored {
 public:
  StoredInstance(std::string name, std::shared_ptr<const RegisteredType> type,
                 std::shared_ptr<void> object, const managed::Here& here)
      : name_(std::move(name)), type_(std::move(type)), object_(std::move(object)), here_(here) {}

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

  // Calls the constructor; null if it cannot, and the answer says why.
  static std::shared_ptr<void> construct(const std::string& name, const RegisteredType& type,
                                         Request& request, Answer& answer,
                                         const managed::Here& here);

 private:
  class Turn;

  void run(const RegisteredMethod& method, const std::vector<Bytes>& arguments,
           const std::string& name, Answer& answer);

  const std::string name_;
  const std::shared_ptr<const RegisteredType> type_;
  const std::shared_ptr<void> object_;
  const managed::Here& here_;
  bool busy_ = false;  // also: on behalf of one who has been served and is not awake yet
  WaitingLine line_;
};

}  // namespace penstock::sync
