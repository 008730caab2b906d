#include "hash/digest.hpp"

#include <openssl/evp.h>
#include <xxhash.h>

#include <stdexcept>

namespace penstock::hash {
namespace {

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) text += {digits[byte >> 4], digits[byte & 15]};
  return text;
}

void check(int good) {
  if (good != 1) throw std::runtime_error("libcrypto cannot compute SHA-256 on this system");
}

}  // namespace

void Sha256::Free::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

void Sha256::Free::operator()(EVP_MD* algorithm) const {
  EVP_MD_free(algorithm);
}

// Fetched once: what EVP_sha256() names is searched for again at each beginning.
Sha256::Sha256()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  check(algorithm_ && context_);
}

void Sha256::begin() {
  check(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr));
}

void Sha256::add(Bytes bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::end() {
  unsigned char digest[32];
  check(EVP_DigestFinal_ex(context_.get(), digest, nullptr));
  return hex(digest);
}

void Xxh3::Free::operator()(XXH3_state_t* state) const {
  XXH3_freeState(state);
}

Xxh3::Xxh3() : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
}

void Xxh3::begin() {
  XXH3_64bits_reset(state_.get());
}

void Xxh3::add(Bytes bytes) {
  XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string Xxh3::end() {
  XXH64_canonical_t digest;
  XXH64_canonicalFromHash(&digest, XXH3_64bits_digest(state_.get()));
  return hex(digest.digest);
}

}  // namespace penstock::hash
