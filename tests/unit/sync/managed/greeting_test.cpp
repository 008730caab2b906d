// What a client makes of a server that is none, and a server of clients that break off: the other
// side of each greeting is played here, word by word.
#include "sync/managed/greeting.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "catch.hpp"
#include "penstock/manager.hpp"
#include "sync/managed/authentication.hpp"

namespace penstock::sync {
namespace {

const std::string key = "a key of more than sixteen bytes";
const std::string over_socket = "unix:@penstock-greeting";
const std::string over_tcp = "tcp:127.0.0.1:99";

enum Answer : std::uint64_t { welcome, challenge, refusal };

template <class... Field>
std::string message(const Field&... fields) {
  std::string bytes;
  CborWriter out(bytes);
  const auto put = [&](const auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
      out.bytes(as_bytes(field));
    } else if constexpr (std::is_convertible_v<decltype(field), std::string_view>) {
      out.text(field);
    } else {
      out.natural(static_cast<std::uint64_t>(field));
    }
  };
  (put(fields), ...);
  return bytes;
}

// Both ends of a connection. What the other side says is said before it is asked.
struct Ends {
  Conduit mine;
  FrameStream theirs;

  explicit Ends(std::pair<UniqueFd, UniqueFd> sockets)
      : mine(std::move(sockets.first)), theirs(std::move(sockets.second)) {}
  Ends() : Ends(create_socket_pair(SOCK_STREAM).value()) {}
};

// What the client says of a server that says this.
std::string of_server(const std::string& at, const std::vector<std::string>& answers,
                      const std::string& with_key = key) {
  Ends ends;
  for (const std::string& answer : answers) ends.theirs.send(answer);
  ::shutdown(ends.theirs.fd(), SHUT_WR);
  const auto host = greet_server(ends.mine, parse_address(at).value(), with_key, {});
  return host ? "welcome" : host.error().what();
}

std::string at(const std::string& address, const std::string& what) {
  return "manager: the server at " + address + " " + what;
}

const std::string strange = "is none of this version of Penstock";
const std::string closed = "has closed the connection: it has ended, or it takes no more";

TEST_CASE("a server that breaks off, or is none, is told by the client") {
  const std::string nonce(Nonce{}.size(), 'n');
  CHECK(of_server(over_socket, {message(welcome, std::string(), 1, 2)}) == "welcome");
  CHECK(of_server(over_socket, {}) == at(over_socket, closed));
  CHECK(of_server(over_socket, {"\xff"}) == at(over_socket, strange));
  CHECK(of_server(over_socket, {std::string(2000, 'x')}) == at(over_socket, strange));
  CHECK(of_server(over_socket, {message(welcome, std::string(), 1)}) == at(over_socket, strange));
  CHECK(of_server(over_socket, {message(welcome, std::string(), 1, 2, 3)}) ==
        at(over_socket, strange));
  CHECK(of_server(over_socket, {message(7, std::string(), 1, 2)}) == at(over_socket, strange));
  CHECK(of_server(over_socket, {message(refusal, 5)}) == at(over_socket, strange));
  CHECK(of_server(over_socket, {message(refusal, "not today")}) ==
        at(over_socket, "refuses: not today"));
  CHECK(of_server(over_socket, {message(challenge, nonce)}) == at(over_socket, strange));
}

TEST_CASE("over TCP a server that does not prove who it is, is not believed") {
  if (!check_key(key)) return;
  const std::string nonce(Nonce{}.size(), 'n');
  CHECK(of_server(over_tcp, {message(welcome, std::string(), 1, 2)}) == at(over_tcp, strange));
  CHECK(of_server(over_tcp, {message(challenge, std::string("short"))}) == at(over_tcp, strange));
  CHECK(of_server(over_tcp, {message(challenge, nonce)}) == at(over_tcp, closed));
  CHECK(of_server(over_tcp, {message(challenge, nonce), message(challenge, nonce)}) ==
        at(over_tcp, strange));
  CHECK(of_server(over_tcp, {message(challenge, nonce), message(welcome, nonce, 1, 2)}) ==
        at(over_tcp, "does not know the key: it is another one than meant"));
}

TEST_CASE("a server's memory for a connection is checked") {
  Ends ends;
  const UniqueFd unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(ends.theirs.send_with(message(welcome, std::string(), 1, 2), unsealed.get()));
  const auto host = greet_server(ends.mine, parse_address(over_socket).value(), {}, {});
  REQUIRE(host.has_error());
  CHECK(host.error().what() ==
        std::string("manager: the memory of a connection has no fixed size"));
}

// What the server says of a client that says this.
std::string of_client(bool tcp, const std::vector<std::string>& said) {
  Ends ends;
  for (const std::string& one : said) ends.theirs.send(one);
  ::shutdown(ends.theirs.fd(), SHUT_WR);
  const auto token = greet_client(ends.mine, tcp, key, {1, 2});
  return token ? "welcome" : token.error().what();
}

TEST_CASE("a client that breaks off, or keeps to no form, is told by the server") {
  const std::string token(16, 't');
  const std::string hello = message("penstock manager", 1, token);
  const std::string formless = "manager: a client does not keep to the form";
  const std::string silent = "manager: a client does not say who it is";
  CHECK(of_client(false, {hello}) == "welcome");
  CHECK(of_client(false, {}) == silent);
  CHECK(of_client(false, {std::string(2000, 'x')}) == silent);
  CHECK(of_client(false, {message("penstock manager", 1)}) == formless);
  CHECK(of_client(false, {message("penstock manager", 1, token, 1)}) == formless);
  CHECK(of_client(false, {message("penstock manager", 1, std::string("short"))}) == formless);
  CHECK(of_client(false, {message("another manager", 1, token)}) == formless);
  CHECK(of_client(false, {message("penstock manager", 2, token)}) ==
        "manager: it speaks version 1 of the protocol, the client version 2");
  if (!check_key(key)) return;
  const std::string nonce(Nonce{}.size(), 'n');
  CHECK(of_client(true, {hello}) == silent);
  CHECK(of_client(true, {hello, "\xff"}) == formless);
  CHECK(of_client(true, {hello, message(nonce, nonce, 1)}) == formless);
  CHECK(of_client(true, {hello, message(std::string("short"), nonce)}) == formless);
  CHECK(of_client(true, {hello, message(nonce, nonce)}) ==
        "manager: the key is not that of the server");
}

TEST_CASE("a client that has gone before it is welcome is told by the server") {
  for (const bool tcp : {false, true}) {
    if (tcp && !check_key(key)) continue;
    auto sockets = create_socket_pair(SOCK_STREAM).value();
    Conduit conduit(std::move(sockets.first));
    {
      FrameStream client(std::move(sockets.second));
      REQUIRE(client.send(message("penstock manager", 1, std::string(16, 't'))));
    }
    const auto token = greet_client(conduit, tcp, key, {1, 2});
    REQUIRE(token.has_error());
    CHECK(token.error().what() ==
          std::string(tcp ? "manager: a client does not say who it is"
                          : "manager: a client left before it was welcome"));
  }
}

TEST_CASE("who says nothing is not waited for for ever") {
  Ends ends;
  constexpr std::chrono::milliseconds patience(20);
  const auto start = std::chrono::steady_clock::now();
  const auto host = greet_server(ends.mine, parse_address(over_socket).value(), {}, {}, patience);
  REQUIRE(host.has_error());
  CHECK(host.error().status() == Status::gave_up);
  CHECK(host.error().what() ==
        at(over_socket, "has not answered within 20ms: it hangs, or it is none"));
  Ends others;
  const auto token = greet_client(others.mine, false, {}, {1, 2}, patience);
  REQUIRE(token.has_error());
  CHECK(token.error().what() == std::string("manager: a client does not say who it is"));
  CHECK(std::chrono::steady_clock::now() - start >= 2 * patience);
}

TEST_CASE("a program that is no server is told by Manager::connect") {
  for (const std::string& page : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string()}) {
    Address address = new_address();
    const UniqueFd listener = listen_at(address).value();
    std::thread other([&] {
      if (!wait_readable(listener.get(), 60'000)) return;
      const UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      ::send(socket.get(), page.data(), page.size(), MSG_NOSIGNAL);
      char none = 0;
      if (!page.empty()) wait_readable(socket.get(), 60'000);
      ::shutdown(socket.get(), SHUT_WR);
      while (::recv(socket.get(), &none, 1, 0) > 0) continue;
    });
    CHECK_THROWS_WITH(Manager::connect(to_text(address)),
                      at(to_text(address), page.empty() ? closed : strange));
    other.join();
  }
}

}  // namespace
}  // namespace penstock::sync
