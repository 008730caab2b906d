// One manager's server as this process sees it: the connections to it, and what this process holds
// of its objects. There is one client an address. A request has a connection to itself until its
// answer is there; so there are as many connections as threads have asked at a time, and one that
// waits for a lock holds up nobody.
//
// When the server dies, all requests fail at once, and so do all later ones. A child that this
// process forks shares nothing of it: it makes connections of its own, and holds again, in its own
// name, what its parent held at the fork and still holds by then.
//
// Any thread.
#pragma once

#include <penstock/managed/call.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sync/managed/greeting.hpp"

namespace penstock::sync {
class ObjectClient;
}

namespace penstock::managed {

class Here {
 public:
  virtual ~Here() = default;
  virtual std::uint64_t host() const = 0;  // Host::id
  // That leads there; from inside as well.
  virtual Result<std::shared_ptr<sync::ObjectClient>> client() const = 0;
  // Inside, the object itself (a sync::Stored).
  virtual std::shared_ptr<void> keep(std::uint64_t id) const = 0;
};

class RemoteObject {
 public:
  RemoteObject(std::shared_ptr<sync::ObjectClient> of, std::uint64_t number)
      : client(std::move(of)), id(number) {}
  ~RemoteObject();
  RemoteObject(const RemoteObject&) = delete;
  RemoteObject& operator=(const RemoteObject&) = delete;

  const std::shared_ptr<sync::ObjectClient> client;
  const std::uint64_t id;
  std::uint64_t times = 0;  // that the server has named it to this process; with the client's lock
};

}  // namespace penstock::managed

namespace penstock::sync {

using managed::RemoteObject;

class ObjectClient final : public managed::Here, public std::enable_shared_from_this<ObjectClient> {
 public:
  ObjectClient(Address address, std::string key);

  // One round trip. Fails with Status::gave_up when the server is lost.
  Result<std::string> ask(std::string_view request);

  // Objects that an answer has named.
  std::vector<std::shared_ptr<RemoteObject>> adopt(const std::vector<std::uint64_t>& ids);
  // One that this process has, or that the server names to it now; with a ticket if it was left
  // there with one (0: it was not). Fails if it is gone.
  Result<std::shared_ptr<RemoteObject>> find(std::uint64_t id, std::uint64_t ticket);
  // A ticket for another process.
  Result<std::uint64_t> deposit(std::uint64_t id);

  // The first connection, if there is none yet.
  Result<void> join();
  // From now on every request fails with this text: the first that was given, until more is known.
  void give_up(std::string why);
  void learn_of_end(const std::string& how);  // "died: killed by SIGSEGV"; "was shut down"
  bool is_lost() const;

  const Address& address() const { return address_; }
  const std::string& key() const { return key_; }
  Host server() const;
  std::uint64_t host() const override { return server().id; }
  Result<std::shared_ptr<ObjectClient>> client() const override;
  std::shared_ptr<void> keep(std::uint64_t) const override { return nullptr; }

 private:
  friend class managed::RemoteObject;
  friend class Clients;

  class Link {  // a connection; its descriptor is known to the client for as long as it is open
   public:
    Link(ObjectClient& of, UniqueFd socket);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    Conduit& operator*() { return *conduit_; }
    Conduit* operator->() { return &*conduit_; }

   private:
    ObjectClient& of_;
    std::optional<Conduit> conduit_;
    const int fd_;
  };
  using LinkPtr = std::unique_ptr<Link>;  // never dropped with the lock

  Result<LinkPtr> take_link();
  Result<LinkPtr> connect();
  Result<void> hold_again(Conduit& link);
  void put_back(LinkPtr link);
  void drop(const RemoteObject& object);
  void lose(std::string why, bool known);
  Error lost_error() const;
  std::vector<LinkPtr> abandon();  // in a forked child, with the lock

  const Address address_;
  const std::string key_;

  mutable std::mutex mutex_;
  Host host_;  // none before the first connection
  Token token_;
  std::vector<LinkPtr> idle_;
  std::unordered_set<int> descriptors_;  // of all links, those in use as well
  std::unordered_map<std::uint64_t, std::weak_ptr<RemoteObject>> objects_;
  bool forked_ = false;  // and has not held anything again yet
  std::optional<std::string> lost_;
  bool end_is_known_ = false;
};

}  // namespace penstock::sync
