#include "sync/manager.hpp"

#include <exception>
#include <thread>
#include <utility>

#include "sync/managed/clients.hpp"
#include "sync/managed/server_process.hpp"

namespace penstock {
namespace {

[[noreturn]] void fail(const Error& error) {
  if (error.status() == Status::gave_up) throw ManagerLost(error.what());
  throw ManagerError(error.status(), error.what());
}

template <class T>
T checked(Result<T> result) {
  if (!result) fail(result.error());
  return std::move(*result);
}

}  // namespace

std::unique_ptr<Manager::Parts> Manager::Parts::of(const sync::Address& address,
                                                   const std::string& key) {
  auto parts = std::make_unique<Parts>();
  parts->client = checked(sync::Clients::of_this_process().client(address, key));
  parts->desk = managed::Reference(
      std::make_shared<managed::RemoteObject>(parts->client, managed::front_desk));
  parts->address = to_text(address);
  return parts;
}

Manager::Manager(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Manager::Manager(Manager&&) noexcept = default;

Manager& Manager::operator=(Manager&& other) noexcept {
  const Manager ended(std::exchange(parts_, std::move(other.parts_)));
  return *this;
}

Manager::~Manager() {
  if (parts_ == nullptr || !parts_->life_line) return;
  try {
    shutdown();
  } catch (const std::exception&) {  // it has ended already, or does so when the line is closed
  }
}

Manager Manager::connect(const std::string& address, const std::string& key) {
  return Manager(Parts::of(checked(sync::parse_address(address)), key));
}

void Manager::serve(const ManagerOptions& options, const std::function<void(Manager&)>& prepare) {
  sync::OwnServer own = checked(sync::own_server(options.address, options.key));
  const sync::Address address = own.options.address;
  const auto server = checked(sync::ObjectServer::create(std::move(own.options)));
  std::thread serving([&] { server->run(); });
  std::exception_ptr failure;
  try {
    Manager manager(Parts::of(address, {}));
    manager.parts_->address = to_text(own.public_address);
    if (prepare) prepare(manager);
  } catch (...) {
    failure = std::current_exception();
    server->shut_down();
  }
  serving.join();
  if (failure) std::rethrow_exception(failure);
}

void Manager::shutdown() {
  try {
    call(managed::Verb::shut_down).send();
  } catch (const ManagerLost&) {  // it may be gone before its answer is here
  }
  parts_->client->learn_of_end("was shut down");
  parts_->life_line.reset();
  parts_->process.reset();
}

std::string Manager::address() const {
  return parts_->address;
}

std::int64_t Manager::pid() const {
  return static_cast<std::int64_t>(parts_->client->server().pid);
}

std::size_t Manager::object_count() const {
  return call(managed::Verb::object_count).send().natural();
}

managed::Call Manager::call(managed::Verb verb) const {
  if (parts_ == nullptr) throw ManagerError("manager: one that was moved away is used");
  return managed::Call(parts_->desk, verb);
}

}  // namespace penstock
