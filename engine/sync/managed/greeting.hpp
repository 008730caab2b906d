// How a connection to a manager's server begins: both sides make sure of each other
// (authentication.hpp), agree on the version, and share a mailbox where both are on one machine.
// All connections of a process bring the same token, so that the server knows what they hold
// together. Bounded by a deadline. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "sync/managed/address.hpp"
#include "sync/managed/conduit.hpp"

namespace penstock::sync {

using Token = std::array<char, 16>;  // of a process, random

// Who the server is.
struct Host {
  std::uint64_t pid = 0;
  std::uint64_t id = 0;  // random: another one at the same address is another one
};

inline constexpr std::chrono::nanoseconds kGreetingPatience = std::chrono::seconds(30);

// The client's side. Fails with the server's reason, where it gave one.
Result<Host> greet_server(Conduit& conduit, const Address& address, const std::string& key,
                          const Token& token,
                          std::chrono::nanoseconds patience = kGreetingPatience);

// The server's side. Fails with what was wrong; the client has been told.
Result<Token> greet_client(Conduit& conduit, bool over_tcp, const std::string& key,
                           const Host& host, std::chrono::nanoseconds patience = kGreetingPatience);

}  // namespace penstock::sync
