// The server of a manager: owns the objects (object_store.hpp), takes connections, and serves each
// on a thread of its own, so that a request that waits holds up no other. It ends when the life
// line ends, or a client shuts it down; then all connections are closed and all waits are over.
//
// run() is for one thread, which also watches for clients that go while a request of theirs waits.
// A client that does not keep to the form loses its own connection and nothing else. Threads that
// are in a method of the program's own when the server ends are waited for briefly; they keep what
// they need of the server.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/managed/front_desk.hpp"
#include "sync/managed/object_store.hpp"
#include "sync/managed/session.hpp"

namespace penstock::sync {

class ServerLine;

class ObjectServer final : public managed::Here, public std::enable_shared_from_this<ObjectServer> {
 public:
  struct Options {
    std::vector<UniqueFd> listening;  // Unix sockets and TCP, not blocking
    Address address;                  // of one of them, for methods that use proxies themselves
    std::string key;                  // for TCP
    UniqueFd life_line;               // its end of file ends the server; may be none
    std::string file;                 // of a Unix socket; removed at the end. Empty: none
  };

  // Fails for want of descriptors.
  static Result<std::shared_ptr<ObjectServer>> create(Options options);
  ~ObjectServer() override;

  // True: all threads have ended.
  bool run();
  void shut_down();  // any thread

  std::uint64_t host() const override { return host_.id; }
  Result<std::shared_ptr<ObjectClient>> client() const override;
  std::shared_ptr<void> keep(std::uint64_t id) const override { return store_.find(id); }

 private:
  friend class ServerLine;

  explicit ObjectServer(Options options);
  Result<void> prepare();
  Result<void> watch(int fd, std::uint32_t events, std::uint64_t what);
  void take_event(std::uint64_t what);
  void admit_all(int listening);
  void admit(UniqueFd socket);
  void turn_one_away(int listening);
  bool end();

  // For the thread of a connection.
  void has_spoken();
  void leave(std::uint64_t line);

  Options options_;
  Host host_;
  UniqueFd events_;  // epoll
  UniqueFd stop_;    // eventfd
  UniqueFd spare_;   // for a client that there is no other descriptor for
  bool stopping_ = false;

  ObjectStore store_;
  SessionTable sessions_;
  std::shared_ptr<FrontDesk> desk_;

  std::mutex mutex_;
  std::condition_variable left_;
  std::uint64_t last_line_;
  std::unordered_map<std::uint64_t, std::shared_ptr<ServerLine>> lines_;
  std::size_t strangers_ = 0;  // connections that have not said yet who they are
};

}  // namespace penstock::sync
