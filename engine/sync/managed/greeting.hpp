// How a connection to a manager's server begins: both sides make sure of each other
// (authentication.hpp), agree on the version, and share a mailbox where both are on one machine.
// All connections of a process bring the same token, so that the server knows what they hold
// together. Bounded by a deadline. Any thread.
#pragma once

#include <array>
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

// The client's side. Fails with the server's reason, where it gave one.
Result<Host> greet_server(Conduit& conduit, const Address& address, const std::string& key,
                          const Token& token);

// The server's side. Fails with what was wrong; the client has been told.
Result<Token> greet_client(Conduit& conduit, bool over_tcp, const std::string& key,
                           const Host& host);

}  // namespace penstock::sync
