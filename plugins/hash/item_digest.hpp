// hash.sha256 and hash.xxh3: the digest of an item.
#pragma once

#include <penstock/plugin.hpp>

#include <string>

namespace penstock::hash {

template <class Hash>
class DigestOfItem {
 public:
  std::string run(Bytes bytes) {
    hash_.begin();
    hash_.add(bytes);
    return hash_.end();
  }

 private:
  Hash hash_;
};

}  // namespace penstock::hash
