// The plugin `hash`: digests of items and of files.
#include <penstock/plugin.hpp>

#include "hash/digest.hpp"
#include "hash/file_digest.hpp"
#include "hash/item_digest.hpp"
#include "hash/sum_line.hpp"

PENSTOCK_PLUGIN("hash", "0.1.0", "digests of items and of files") {
  using namespace penstock::hash;
  plugin.transform<DigestOfItem<Sha256>>("sha256", "the SHA-256 of text or bytes, in hex");
  plugin.transform<DigestOfFile<Sha256>>("sha256_file", "the SHA-256 of the file of a path");
  plugin.transform<DigestOfItem<Xxh3>>("xxh3", "the XXH3 (64 bits) of text or bytes, in hex");
  plugin.transform<DigestOfFile<Xxh3>>("xxh3_file", "the XXH3 (64 bits) of the file of a path");
  plugin.transform("sum_line", "a file's digest as a line that sha256sum -c checks", sum_line);
}
