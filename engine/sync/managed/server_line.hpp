// One connection of a manager's server, and the thread that serves it: reads a request, has the
// object do it, sends the answer, until the client goes. Belongs to its thread, up to what is said
// otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sync/managed/conduit.hpp"
#include "sync/managed/object_server.hpp"
#include "sync/managed/waiter.hpp"

namespace penstock::sync {

class ServerLine {
 public:
  ServerLine(ObjectServer& server, UniqueFd socket, bool over_tcp)
      : server_(server), conduit_(std::move(socket)), over_tcp_(over_tcp) {}

  void serve();

  int fd() { return conduit_.stream().fd(); }

  // Any thread. The client has gone: a wait of its request is over. And: it is to go.
  void hang_up();
  void close();

 private:
  class Stranger;

  bool perform(const std::string& message);

  ObjectServer& server_;
  Conduit conduit_;
  const bool over_tcp_;
  Waiter waiter_;
  std::shared_ptr<Session> session_;
  std::function<void()> undo_;  // of the answer that was sent last, should it not be read
};

}  // namespace penstock::sync
