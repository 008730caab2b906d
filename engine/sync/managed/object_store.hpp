// All objects of a manager's server by their ids. It owns none: whoever names an object keeps it
// alive. Tickets are the exception: a client deposits an object with one before it sends it to
// another process, which claims it; an object that is not claimed is given up with the process that
// left it there.
//
// Any thread. Outlives everything that it has made.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "sync/managed/stored.hpp"

namespace penstock::sync {

class ObjectStore {
 public:
  ObjectStore();

  template <class T, class... Arguments>
  StoredRef make(Arguments&&... arguments) {
    return adopt(std::make_unique<T>(std::forward<Arguments>(arguments)...));
  }

  StoredRef find(std::uint64_t id) const;  // null: none, or no more
  std::size_t size() const;

  std::uint64_t deposit(StoredRef object, std::uint64_t session);
  StoredRef claim(std::uint64_t ticket);  // null: nobody left it, or somebody had it
  void give_up_deposits(std::uint64_t session);

 private:
  struct Deposit {
    StoredRef object;
    std::uint64_t session;
  };

  StoredRef adopt(std::unique_ptr<Stored> object);
  std::uint64_t next_number();
  void destroy(Stored* object);

  mutable std::mutex mutex_;
  std::uint64_t last_;  // number given out, before it is mixed
  std::unordered_map<std::uint64_t, std::weak_ptr<Stored>> objects_;
  std::unordered_map<std::uint64_t, Deposit> deposits_;
};

}  // namespace penstock::sync
