// An object that processes share on purpose: a lock, a queue, a piece of memory. It lives in
// descriptors (a memfd, for a pipe its sockets too) that have no name anywhere; the last process
// that holds them frees it. This is one process's end of it.
//
// The process that supervises the others calls bury() for each one that has died. Nothing else has
// to be done about a death: what the dead one held is free again, and whoever waits looks again.
//
// A process has one Object for a shared object, however often it comes here (connections aside: an
// end that comes again is another descriptor). It lies in memory that others write as well, so
// nothing of the engine's own may depend on what stands there.
//
// Any thread, unless a kind says otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "sync/party.hpp"

namespace penstock::sync {

// As in penstock/sync.h.
enum class Kind : std::uint32_t {
  mutex = 1,
  recursive_mutex,
  semaphore,
  bounded_semaphore,
  condition,
  event,
  barrier,
  memory,  // a value, an array, or just bytes
  queue,
  map,
  connection,
};

class Object {
 public:
  virtual ~Object();
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  std::uint64_t id() const { return id_; }  // 64 random bits: no other object has it
  Kind kind() const { return kind_; }

  // What another process opens it from. They stay this object's own.
  virtual std::vector<int> descriptors() const = 0;

  // The party has died. False: somebody who lives keeps the object's lock, being stopped most
  // likely; call again in a while. Never waits longer than some milliseconds, since who calls it
  // may be the one who ends the other.
  virtual bool bury(Party dead) = 0;

  // For each handle of the C table, which is what tasks and programs have.
  virtual void handle_made() {}
  virtual void handle_dropped() {}

 protected:
  Object(Kind kind, std::uint64_t id) : kind_(kind), id_(id) {}

 private:
  const Kind kind_;
  const std::uint64_t id_;
};

using ObjectRef = std::shared_ptr<Object>;

std::uint64_t new_object_id();

// This process's end of an object that was made elsewhere; the one that is here already, if there
// is one. What stands in its memory is checked where something here depends on it; a lie there can
// at worst confuse those who share the object.
Result<ObjectRef> open_object(Kind kind, std::uint64_t id, std::vector<UniqueFd> descriptors);

// What is here already. Who makes an object, a connection aside, makes it known, and goes on with
// what comes back: the one that was here before, should another thread have been faster.
ObjectRef known_object(std::uint64_t id);  // null: none
ObjectRef make_known(ObjectRef object);

// A party has died: bury() of all that is known here. False: call again in a while.
bool bury_everywhere(Party dead);

// Objects that were written into a value on this thread while a scope stands: a call that carries
// the value has to bring them along. Without a scope, writing one fails.
class Mentions {
 public:
  Mentions();
  ~Mentions();
  Mentions(const Mentions&) = delete;
  Mentions& operator=(const Mentions&) = delete;

  std::vector<ObjectRef> take() { return std::move(objects_); }

  // False: no scope stands on this thread.
  static bool add(const ObjectRef& object);

 private:
  std::vector<ObjectRef> objects_;
  Mentions* outer_;
};

// Objects that came with the call in hand, by id; a worker's Connection fills and clears it.
class Received {
 public:
  static void put(ObjectRef object);
  static void forget(std::uint64_t id);
  static ObjectRef find(std::uint64_t id);  // null: none came
  static bool has(std::uint64_t id);
  // Called by find() for one that is not there yet; a worker looks whether it has come meanwhile.
  static void on_missing(void (*look)(std::uint64_t id));
};

// Objects that the pipeline file lists under `shared`, by the name that they have there.
class Named {
 public:
  static void put(std::string name, ObjectRef object);
  static ObjectRef find(std::string_view name);  // null: there is none
};

}  // namespace penstock::sync
