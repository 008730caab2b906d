// What a manager's server holds: objects with an id, of which clients have references, and values
// in them, which are bytes that only the clients understand. A value that names other objects keeps
// them alive. An object without references is destroyed at once; objects that name each other in a
// circle live as long as the server.
//
// Each object has a lock of its own; perform() is called without it, by the thread of a connection.
#pragma once

#include <penstock/managed/protocol.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace penstock::sync {

using managed::Refusal;
using managed::Verb;

class Answer;
class ObjectStore;
class Request;
class Session;
class Waiter;

class Stored;
using StoredRef = std::shared_ptr<Stored>;

// One value: what it is, and the objects that it names.
struct Entry {
  std::string bytes;
  std::vector<StoredRef> named;

  bool operator==(const Entry&) const = default;
};

// Who asks: a client's process, and the connection by which the request came, which may wait.
struct Caller {
  Session& session;
  Waiter& waiter;
};

class Stored : public std::enable_shared_from_this<Stored> {
 public:
  Stored() = default;
  virtual ~Stored() = default;
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;

  // Reads the arguments, does what is asked and writes the answer. A request that is not complete()
  // changes nothing; whoever called deals with it.
  virtual void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) = 0;

  // A process that is noted at its session as one that holds something here has died, or gone.
  virtual void bury(Session&) {}

  std::uint64_t id() const { return id_; }
  std::mutex& mutex() { return mutex_; }

 protected:
  // What one does who is asked for what other kinds of objects do.
  static void refuse_verb(Answer& answer, const char* what_this_is);

  std::mutex mutex_;

 private:
  friend class ObjectStore;
  std::uint64_t id_ = 0;
};

}  // namespace penstock::sync
