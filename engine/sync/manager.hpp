// What a penstock::Manager is made of: a client of the server and, where it started that, the life
// line of the server's process. Closing the line ends the server.
#pragma once

#include <penstock/manager.hpp>

#include <memory>
#include <string>

#include "sync/managed/object_client.hpp"

namespace penstock {

struct Manager::Parts {
  std::shared_ptr<sync::ObjectClient> client;
  managed::Reference desk;
  std::string address;
  UniqueFd life_line;             // none: somebody else's server
  std::shared_ptr<void> process;  // held as long as it is to be looked after

  // Of a server that can be reached there. Throws ManagerError.
  static std::unique_ptr<Parts> of(const sync::Address& address, const std::string& key);
};

}  // namespace penstock
