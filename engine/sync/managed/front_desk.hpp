// Where clients ask a manager's server for objects: new ones, those that have a name, and those
// that another process has told them of. It also counts what each process holds, and ends the
// server when it is told to.
#pragma once

#include <functional>
#include <memory>

#include "sync/managed/object_client.hpp"
#include "sync/managed/object_store.hpp"

namespace penstock::sync {

class FrontDesk final : public Stored {
 public:
  FrontDesk(ObjectStore& store, const managed::Here& here, std::function<void()> shut_down);

  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

 private:
  void make_semaphore(Request& request, Answer& answer);
  void make_condition(Request& request, Answer& answer);
  void make_barrier(Request& request, Answer& answer);
  void make_instance(Request& request, Answer& answer);
  void hold(Request& request, Answer& answer);
  void release(Request& request, const Caller& caller);
  void pass_on(Verb verb, Request& request, Answer& answer, const Caller& caller);

  ObjectStore& store_;
  const managed::Here& here_;
  const std::function<void()> shut_down_;
  const StoredRef names_;
};

}  // namespace penstock::sync
