#include "sync/managed/authentication.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"

#ifdef PENSTOCK_HAVE_LIBCRYPTO
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif

namespace penstock::sync {
namespace {

constexpr std::size_t kLeastKey = 16;

}  // namespace

Result<void> check_peer(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return Error(Status::refused,
                 "manager: nobody knows who is at the other end: " + errno_text(errno));
  }
  if (peer.uid == ::geteuid() || peer.uid == 0) return {};
  return Error(Status::refused, "manager: the process at the other end belongs to user " +
                                    std::to_string(peer.uid) + ", and not to user " +
                                    std::to_string(::geteuid()) + " as this one");
}

Nonce new_nonce() {
  Nonce nonce;
  for (std::size_t have = 0; have != nonce.size();) {
    const ssize_t n = ::getrandom(nonce.data() + have, nonce.size() - have, 0);
    if (n > 0) have += static_cast<std::size_t>(n);
  }
  return nonce;
}

Result<void> check_key([[maybe_unused]] std::string_view key) {
#ifdef PENSTOCK_HAVE_LIBCRYPTO
  if (key.size() >= kLeastKey) return {};
  return Error(Status::refused, "manager: a key of " + std::to_string(key.size()) +
                                    " bytes can be guessed; give at least " +
                                    std::to_string(kLeastKey) + ", such as 32 random ones");
#else
  return Error(Status::refused,
               "manager: this build of the library has no libcrypto, without which nobody can "
               "prove who he is over TCP; use a Unix socket, or build it with libssl-dev");
#endif
}

#ifdef PENSTOCK_HAVE_LIBCRYPTO

std::string proof(std::string_view key, Prover who, const Nonce& of_server,
                  const Nonce& of_client) {
  std::string said = who == Prover::client ? "penstock client " : "penstock server ";
  said.append(of_server.data(), of_server.size());
  said.append(of_client.data(), of_client.size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(said.data()), said.size(), code.data(),
             &size) == nullptr) {
    return {};
  }
  return std::string(reinterpret_cast<const char*>(code.data()), size);
}

bool same_proof(std::string_view a, std::string_view b) {
  return !a.empty() && a.size() == b.size() && ::CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

#else

std::string proof(std::string_view, Prover, const Nonce&, const Nonce&) {
  return {};
}

bool same_proof(std::string_view, std::string_view) {
  return false;
}

#endif

}  // namespace penstock::sync
