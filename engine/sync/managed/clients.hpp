// The managers' servers that this process talks to, by address, with the keys that it knows. When
// the process forks, the child begins anew with each of them (object_client.hpp). Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sync/managed/object_client.hpp"

namespace penstock::sync {

class Clients {
 public:
  static Clients& of_this_process();

  // The client for the address; a new one makes its first connection. Over TCP it needs the key of
  // the server: this one, or else the one that was last good for this address, or the one in the
  // environment as PENSTOCK_MANAGER_KEY.
  Result<std::shared_ptr<ObjectClient>> client(const Address& address, const std::string& key = {});

 private:
  Clients();

  std::shared_ptr<ObjectClient> known(const Address& address, const std::string& key);
  std::string key_for(const Address& address);

  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();

  std::mutex mutex_;
  std::vector<std::weak_ptr<ObjectClient>> clients_;
  std::map<std::string, std::string> keys_;             // by address
  std::vector<std::shared_ptr<ObjectClient>> forking_;  // whose locks are held meanwhile
};

}  // namespace penstock::sync
