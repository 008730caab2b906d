// The hash functions of this plugin: begin, add pieces, end; again and again. A digest is written
// in hex, in lower case. They fail only for want of memory. One thread.
#pragma once

#include <penstock/type.hpp>

#include <memory>
#include <string>

struct evp_md_ctx_st;
struct evp_md_st;
struct XXH3_state_s;

namespace penstock::hash {

// SHA-256 (FIPS 180-4): 64 hex digits.
class Sha256 {
 public:
  Sha256();

  void begin();  // forgets what was added before
  void add(Bytes bytes);
  std::string end();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
    void operator()(evp_md_st* algorithm) const;
  };

  std::unique_ptr<evp_md_st, Free> algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// XXH3 with 64 bits and seed 0: 16 hex digits, the most significant first. Fast, and no protection
// against anyone who wants two contents to look the same.
class Xxh3 {
 public:
  Xxh3();

  void begin();
  void add(Bytes bytes);
  std::string end();

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace penstock::hash
