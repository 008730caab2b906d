// hash.sha256_file and hash.xxh3_file: the digest of the file that an item names. The file is read
// in pieces, so that its size does not matter for memory.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <vector>

#include "hash/digest.hpp"

namespace penstock::hash {

struct FileDigest {
  std::string digest;
  std::string path;
  std::int64_t size = 0;  // the bytes that were read
};
PENSTOCK_FIELDS(FileDigest, digest, path, size)

template <class Hash>
class DigestOfFile {
 public:
  FileDigest run(const Datum& item, Context& context);

 private:
  Hash hash_;
  std::vector<std::byte> piece_;
};

extern template class DigestOfFile<Sha256>;
extern template class DigestOfFile<Xxh3>;

}  // namespace penstock::hash
