// Who may talk to a manager's server. On a Unix socket: processes of the server's own user, and
// root; the client in turn takes only such a server. Over TCP: who knows the key; each side proves
// it with HMAC-SHA256 over random bytes of both, so that neither proof can be used again. What is
// sent afterwards is neither encrypted nor signed.
//
// The key's side needs libcrypto; where the library was built without it, TCP is refused. Any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace penstock::sync {

// Refused unless the process at the other end of a Unix socket has this process's user, or root's.
Result<void> check_peer(int socket);

using Nonce = std::array<char, 32>;
Nonce new_nonce();

// Refused where there is no libcrypto, and for a key that can be guessed.
Result<void> check_key(std::string_view key);

enum class Prover : std::uint8_t { client, server };

// What shows that `who` knows the key, after check_key.
std::string proof(std::string_view key, Prover who, const Nonce& of_server, const Nonce& of_client);

// Takes the same time whatever differs.
bool same_proof(std::string_view a, std::string_view b);

}  // namespace penstock::sync
