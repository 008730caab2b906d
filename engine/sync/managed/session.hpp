// One client's process, as a manager's server sees it: the connections that came with one token. It
// holds the objects that it has been named, and what it has taken of them (locks, permits). When
// the last of its connections has gone, the process is dead or wants nothing more: all of it is
// given back.
//
// Each connection shares it; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "sync/managed/greeting.hpp"
#include "sync/managed/object_store.hpp"

namespace penstock::sync {

class Session {
 public:
  Session(std::uint64_t number, ObjectStore& store) : number_(number), store_(store) {}
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::uint64_t number() const { return number_; }  // no other one ever has it

  // The process has been named the object, once more. It lets go of as many names at once as it
  // was given; more than that changes nothing.
  void hold(const StoredRef& object);
  void release(std::uint64_t id, std::uint64_t times);

  // The process holds something of the object, which stays alive for it; at the end the object
  // buries the session.
  void note(const StoredRef& object);
  void forget(const Stored& object);

 private:
  struct Held {
    StoredRef object;
    std::uint64_t times = 0;
  };

  const std::uint64_t number_;
  ObjectStore& store_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Held> held_;
  std::unordered_map<const Stored*, StoredRef> noted_;
};

// The sessions by token.
class SessionTable {
 public:
  explicit SessionTable(ObjectStore& store) : store_(store) {}

  std::shared_ptr<Session> join(const Token& token);

 private:
  ObjectStore& store_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::string, std::weak_ptr<Session>> sessions_;
};

}  // namespace penstock::sync
