#include "sync/managed/address.hpp"

#include <string>

#include "catch.hpp"

namespace penstock::sync {
namespace {

TEST_CASE("addresses are read and written") {
  for (const char* text : {"unix:@name", "unix:/tmp/a b.sock", "tcp:localhost:5000", "tcp:[::1]:80",
                           "tcp:127.0.0.1:0", "tcp:host:65535"}) {
    CAPTURE(text);
    const auto address = parse_address(text);
    REQUIRE(address.has_value());
    CHECK(to_text(*address) == text);
  }
  CHECK(parse_address("unix:@name")->kind == Address::Kind::nameless);
  CHECK(parse_address("unix:/x")->kind == Address::Kind::path);
  CHECK(parse_address("tcp:[::1]:80")->name == "::1");
  CHECK(parse_address("tcp:[::1]:80")->port == 80);
}

TEST_CASE("what is no address is refused with the reason") {
  for (const char* text :
       {"", "name", "unix:", "unix:@", "unix:relative", "unix:@a#b", "tcp:", "tcp:host", "tcp::80",
        "tcp:host:", "tcp:host:65536", "tcp:host:-1", "tcp:host:8x", "tcp:::1:80", "tcp:a#b:80"}) {
    CAPTURE(text);
    CHECK(parse_address(text).has_error());
  }
  CHECK(std::string(parse_address("tcp:host:70000").error().what()) ==
        "manager: 'tcp:host:70000' is no address: its port is no number up to 65535; write "
        "unix:/PATH, unix:@NAME or tcp:HOST:PORT");
}

TEST_CASE("nobody listens at an address that nobody listens at") {
  CHECK(connect_to(new_address()).has_error());
  Address free{Address::Kind::tcp, "127.0.0.1", 0};
  {
    const auto listening = listen_at(free);
    REQUIRE(listening.has_value());
    CHECK(free.port != 0);
    CHECK(connect_to(free).has_value());
    CHECK(listen_at(free).has_error());
  }
  CHECK(connect_to(free).has_error());
  Address here = new_address();
  CHECK_FALSE(here == new_address());
  const auto listening = listen_at(here);
  REQUIRE(listening.has_value());
  CHECK(listen_at(here).has_error());
  CHECK(connect_to(here).has_value());
}

TEST_CASE("a path that is too long, or no socket, is refused") {
  Address address{Address::Kind::path, "/tmp/" + std::string(200, 'x'), 0};
  CHECK(listen_at(address).has_error());
  CHECK(connect_to(address).has_error());
  Address file{Address::Kind::path, "/etc/passwd", 0};
  CHECK(listen_at(file).has_error());
}

}  // namespace
}  // namespace penstock::sync
