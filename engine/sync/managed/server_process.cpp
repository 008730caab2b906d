#include "sync/managed/server_process.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "ipc/doorbell.hpp"
#include "sync/managed/authentication.hpp"
#include "sync/managed/message_reader.hpp"

namespace penstock::sync {
namespace {

constexpr int kFirstDescriptor = 3;
constexpr std::size_t kMostListening = 2;
constexpr std::size_t kLargestOrder = 64u << 10;
constexpr std::uint64_t kPatience = 60'000'000'000;

struct Listening {
  Address address;
  Address public_address;
  std::vector<UniqueFd> sockets;
};

Result<Listening> listen_for(const std::string& address, const std::string& key) {
  Listening listening;
  listening.address = new_address();
  Result<UniqueFd> own = listen_at(listening.address);
  if (!own) return own.error();
  listening.sockets.push_back(std::move(*own));
  listening.public_address = listening.address;
  if (address.empty()) return listening;

  Result<Address> wanted = parse_address(address);
  if (!wanted) return wanted.error();
  if (wanted->kind == Address::Kind::tcp) {
    if (const auto good = check_key(key); !good) return good.error();
  }
  Result<UniqueFd> asked_for = listen_at(*wanted);
  if (!asked_for) return asked_for.error();
  listening.sockets.push_back(std::move(*asked_for));
  listening.public_address = std::move(*wanted);
  return listening;
}

std::string file_of(const Address& address) {
  return address.kind == Address::Kind::path ? address.name : std::string();
}

// What the server is told over the life line.
std::string order_for(const Listening& listening, const std::string& key) {
  std::string order;
  CborWriter out(order);
  out.natural(listening.sockets.size());
  out.text(to_text(listening.address));
  out.text(file_of(listening.public_address));
  out.bytes(as_bytes(key));
  return order;
}

Result<ObjectServer::Options> read_order() {
  FrameStream stream{UniqueFd(kFirstDescriptor)};
  std::string order;
  if (stream.receive(order, kLargestOrder, ipc::monotonic_ns() + kPatience) != Got::frame) {
    return Error(Status::refused, "manager: the server's process was told nothing");
  }
  MessageReader in(order);
  const std::uint64_t sockets = in.natural();
  const Result<Address> address = parse_address(in.text());
  ObjectServer::Options options;
  options.file = in.text();
  options.key = in.bytes();
  if (!in.done() || !address || sockets > kMostListening) {
    return Error(Status::refused, "manager: the server's process was told what has no form");
  }
  options.address = *address;
  for (std::uint64_t i = 0; i != sockets; ++i) {
    options.listening.emplace_back(kFirstDescriptor + 1 + static_cast<int>(i));
  }
  options.life_line = stream.take_socket();
  return options;
}

[[noreturn]] void leave(const Error& error) {
  std::fprintf(stderr, "penstock: %s\n", error.what());
  ::_exit(static_cast<int>(error.status()));
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<StartingServer> prepare_server(const std::string& address, const std::string& key) {
  Result<Listening> listening = listen_for(address, key);
  if (!listening) return listening.error();
  auto ends = create_socket_pair(SOCK_STREAM);
  if (!ends) return ends.error();
  FrameStream stream(std::move(ends->first));
  if (!stream.send(order_for(*listening, key))) {
    return Error(Status::lack, "manager: the server cannot be told what to serve");
  }
  StartingServer server;
  server.life_line = stream.take_socket();
  server.descriptors.push_back(std::move(ends->second));
  for (UniqueFd& socket : listening->sockets) server.descriptors.push_back(std::move(socket));
  server.address = std::move(listening->address);
  server.public_address = std::move(listening->public_address);
  return server;
}

Result<OwnServer> own_server(const std::string& address, const std::string& key) {
  Result<Listening> listening = listen_for(address, key);
  if (!listening) return listening.error();
  OwnServer server;
  server.options.listening = std::move(listening->sockets);
  server.options.address = std::move(listening->address);
  server.options.key = key;
  server.options.file = file_of(listening->public_address);
  server.public_address = std::move(listening->public_address);
  return server;
}

void serve_as_started() {
  raise_descriptor_limit();
  Result<ObjectServer::Options> options = read_order();
  if (!options) leave(options.error());
  Result<std::shared_ptr<ObjectServer>> server = ObjectServer::create(std::move(*options));
  if (!server) leave(server.error());
  // Where threads are still in methods of the program, nothing is to be taken away from them.
  if ((*server)->run()) server->reset();
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace penstock::sync
