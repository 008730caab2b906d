#include "sync/managed/clients.hpp"

#include <pthread.h>

#include <cstdlib>
#include <utility>

namespace penstock::sync {

Clients& Clients::of_this_process() {
  static Clients& clients = *new Clients;  // static proxies of the program may outlive all statics
  return clients;
}

Clients::Clients() {
  ::pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
}

std::shared_ptr<ObjectClient> Clients::known(const Address& address, const std::string& key) {
  std::vector<std::shared_ptr<ObjectClient>> looked_at;  // go without the lock
  const std::lock_guard lock(mutex_);
  std::erase_if(clients_, [](const auto& one) { return one.expired(); });
  for (const auto& one : clients_) {
    auto client = one.lock();
    if (client == nullptr) continue;
    looked_at.push_back(client);
    const bool good =
        client->address() == address && !client->is_lost() && (key.empty() || client->key() == key);
    if (good) return client;
  }
  return nullptr;
}

std::string Clients::key_for(const Address& address) {
  if (address.kind != Address::Kind::tcp) return {};
  const std::lock_guard lock(mutex_);
  const auto remembered = keys_.find(to_text(address));
  if (remembered != keys_.end()) return remembered->second;
  const char* given = std::getenv("PENSTOCK_MANAGER_KEY");
  return given == nullptr ? std::string() : std::string(given);
}

Result<std::shared_ptr<ObjectClient>> Clients::client(const Address& address,
                                                      const std::string& key) {
  if (auto client = known(address, key)) return client;
  auto client = std::make_shared<ObjectClient>(address, key.empty() ? key_for(address) : key);
  if (const auto joined = client->join(); !joined) return joined.error();
  const std::lock_guard lock(mutex_);
  clients_.push_back(client);
  keys_[to_text(address)] = client->key();
  return client;
}

void Clients::before_fork() {
  Clients& all = of_this_process();
  all.mutex_.lock();
  for (const auto& one : all.clients_) {
    if (auto client = one.lock()) all.forking_.push_back(std::move(client));
  }
  for (const auto& client : all.forking_) client->mutex_.lock();
}

void Clients::after_fork_in_parent() {
  Clients& all = of_this_process();
  const auto clients = std::exchange(all.forking_, {});
  for (const auto& client : clients) client->mutex_.unlock();
  all.mutex_.unlock();
}

void Clients::after_fork_in_child() {
  Clients& all = of_this_process();
  const auto clients = std::exchange(all.forking_, {});
  for (const auto& client : clients) {
    const auto closed = client->abandon();
    client->mutex_.unlock();
  }
  all.mutex_.unlock();
}

}  // namespace penstock::sync
