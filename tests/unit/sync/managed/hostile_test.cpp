// Clients that do not keep to the form lose their connection, and nobody else anything.
#include <sys/socket.h>

#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "ipc/doorbell.hpp"
#include "server_rig.hpp"
#include "sync/managed/greeting.hpp"

namespace penstock::sync {
namespace {

std::mt19937_64& random_bits() {
  static std::mt19937_64 bits(7);
  return bits;
}

std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_bits()());
  return bytes;
}

// What a server does with what it takes for the client's; it closes the connection, or answers.
void send_raw(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent != bytes.size()) {
    const ssize_t n =
        ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

bool is_closed(int fd) {
  char byte = 0;
  return wait_readable(fd, 60'000) && ::recv(fd, &byte, 1, 0) <= 0;
}

Conduit greeted(const std::string& address) {
  const Address where = parse_address(address).value();
  Conduit conduit(connect_to(where).value());
  Token token{};
  const std::string bytes = noise(token.size());
  std::copy(bytes.begin(), bytes.end(), token.begin());
  REQUIRE(greet_server(conduit, where, {}, token).has_value());
  return conduit;
}

std::string request(std::uint64_t verb, std::uint64_t object, const std::string& rest = {}) {
  std::string bytes;
  CborWriter out(bytes);
  out.natural(verb);
  out.natural(object);
  return bytes + rest;
}

// It serves others as it did before.
bool is_well(const Manager& manager) {
  const List<int> list = manager.list<int>({1, 2});
  return list.copy() == std::vector<int>{1, 2};
}

TEST_CASE("noise instead of a greeting ends the connection alone") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const Address address = parse_address(server.address()).value();
  for (const std::size_t size : {1u, 4u, 5u, 64u, 1000u, 100'000u}) {
    for (int i = 0; i != 20; ++i) {
      const UniqueFd socket = connect_to(address).value();
      send_raw(socket.get(), noise(size));
      ::shutdown(socket.get(), SHUT_WR);
      CHECK(is_closed(socket.get()));
    }
  }
  CHECK(is_well(manager));
}

TEST_CASE("a greeting of another version is told which one is spoken") {
  const ServerThread server;
  const Address address = parse_address(server.address()).value();
  FrameStream stream(connect_to(address).value());
  std::string frame;
  CborWriter out(frame);
  out.text("penstock manager");
  out.natural(2);
  out.bytes(as_bytes(std::string(16, 'x')));
  REQUIRE(stream.send(frame));
  REQUIRE(stream.receive(frame, 1024) == Got::frame);
  CHECK(frame.find("it speaks version 1 of the protocol, the client version 2") !=
        std::string::npos);
}

TEST_CASE("one who connects and says nothing holds up nobody") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const Address address = parse_address(server.address()).value();
  std::vector<UniqueFd> silent;
  for (int i = 0; i != 50; ++i) silent.push_back(connect_to(address).value());
  CHECK(is_well(manager));
  Conduit other = greeted(server.address());
  CHECK(is_well(server.manager()));
}

TEST_CASE("requests without form end the connection alone") {
  const ServerProcess server;
  const Manager manager = server.manager();
  for (int i = 0; i != 300; ++i) {
    Conduit conduit = greeted(server.address());
    conduit.send(noise(random_bits()() % 200 + 1));
    std::string answer;
    const Got got = conduit.receive(answer);
    CHECK((got == Got::gone || got == Got::unread || got == Got::frame));
  }
  CHECK(is_well(manager));
}

TEST_CASE("every verb with noise behind it is survived, on every kind of object") {
  const ServerProcess server;
  Manager manager = server.manager();
  const auto dict = manager.dict<std::string, int>({{"a", 1}});
  const auto list = manager.list<int>({1, 2, 3});
  const auto queue = manager.queue<int>();
  const auto mutex = manager.mutex();
  const auto condition = manager.condition(mutex);
  const auto semaphore = manager.semaphore(2);
  const auto event = manager.event();
  const auto barrier = manager.barrier(2);
  std::vector<std::uint64_t> ids{managed::front_desk, 12345};
  const auto id_of = [](const managed::Proxied& proxy) {
    const std::string text = proxy.reference().spelled();
    return std::stoull(text.substr(text.rfind('#') + 1), nullptr, 16);
  };
  for (const managed::Proxied* one : std::initializer_list<const managed::Proxied*>{
           &dict, &list, &queue, &mutex, &condition, &semaphore, &event, &barrier}) {
    ids.push_back(id_of(*one));
  }
  for (const std::uint64_t id : ids) {
    for (std::uint64_t verb = 0; verb != 910; ++verb) {
      if (verb == static_cast<std::uint64_t>(managed::Verb::shut_down)) continue;
      if (verb > 20 && verb % 100 > 20) continue;
      Conduit conduit = greeted(server.address());
      conduit.send(request(verb, id, noise(random_bits()() % 40)));
    }
  }
  CHECK(is_well(manager));
  CHECK(dict.size() <= 3);
}

TEST_CASE("values that are no CBOR are kept and given back, and harm only those who read them") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto list = manager.list<int>();
  const std::string text = list.reference().spelled();
  const std::uint64_t id = std::stoull(text.substr(text.rfind('#') + 1), nullptr, 16);
  Conduit conduit = greeted(server.address());
  for (int i = 0; i != 100; ++i) {
    std::string rest;
    CborWriter out(rest);
    out.natural(1);
    out.bytes(as_bytes(noise(random_bits()() % 30)));
    out.natural(0);
    std::string answer;
    REQUIRE(
        conduit.send(request(static_cast<std::uint64_t>(managed::Verb::list_append), id, rest)));
    REQUIRE(conduit.receive(answer) == Got::frame);
  }
  CHECK(list.size() == 100);
  list.sort();
  list.sort(true);
  CHECK(list.size() == 100);
  list.append(7);
  CHECK(list.contains(7));
  CHECK(list.remove(7));
}

TEST_CASE("a length that promises more than there is costs nothing") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const Address address = parse_address(server.address()).value();
  std::vector<Conduit> waiting;
  for (int i = 0; i != 20; ++i) {
    Conduit conduit = greeted(server.address());
    const std::uint32_t size = 1u << 30;
    send_raw(conduit.stream().fd(), std::string(reinterpret_cast<const char*>(&size), 4) + "abc");
    waiting.push_back(std::move(conduit));
  }
  CHECK(is_well(manager));
  Conduit conduit = greeted(server.address());
  const std::uint32_t size = (1u << 30) + 1;
  send_raw(conduit.stream().fd(), std::string(reinterpret_cast<const char*>(&size), 4) + "abc");
  CHECK(is_closed(conduit.stream().fd()));
}

TEST_CASE("what stands in the shared memory of a connection is checked") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const Address where = parse_address(server.address()).value();
  for (int i = 0; i != 50; ++i) {
    FrameStream stream(connect_to(where).value());
    std::string frame;
    CborWriter out(frame);
    out.text("penstock manager");
    out.natural(1);
    out.bytes(as_bytes(noise(16)));
    REQUIRE(stream.send(frame));
    UniqueFd memory;
    REQUIRE(stream.receive_with(frame, 1024, memory, ipc::monotonic_ns() + 60'000'000'000) ==
            Got::frame);
    REQUIRE(memory);
    const std::string rubbish = noise(2 * Mailbox::kSlotBytes);
    CHECK(::pwrite(memory.get(), rubbish.data(), rubbish.size(), 0) ==
          static_cast<ssize_t>(rubbish.size()));
    CHECK(::ftruncate(memory.get(), 0) != 0);
    stream.ring();
  }
  CHECK(is_well(manager));
}

}  // namespace
}  // namespace penstock::sync
