// Where a manager's server is reached, and the sockets that lead there:
//
//   unix:@NAME         a Unix socket without a file: nothing is left behind, whatever dies
//   unix:/PATH         a Unix socket in the file system, mode 0600
//   tcp:HOST:PORT      TCP; an IPv6 address stands in brackets. Port 0: any that is free
//
// A Unix socket without a file has no mode; who may talk is decided by the user of the process at
// the other end (authentication.hpp), for the other kind as well. Any thread. Fails with
// Status::refused for an address that cannot be used, with Status::lack for want of descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace penstock::sync {

struct Address {
  enum class Kind : std::uint8_t { nameless, path, tcp };

  Kind kind = Kind::nameless;
  std::string name;  // of the socket, without the @; the path; the host
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};

Result<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);

// Of a Unix socket without a file; nobody else has it.
Address new_address();

// Listens there, without blocking, and fills in the port. A file that a dead server left is taken
// over; one that somebody serves is not.
Result<UniqueFd> listen_at(Address& address);

// Waits as long as connecting takes, though not for ever.
Result<UniqueFd> connect_to(const Address& address);

}  // namespace penstock::sync
