// The plugin `compress`: items in less room, and back.
#include <penstock/plugin.hpp>

#include "compress/gunzip.hpp"
#include "compress/gzip.hpp"
#include "compress/unzstd.hpp"
#include "compress/zstd.hpp"

PENSTOCK_PLUGIN("compress", "0.1.0", "compresses items, and decompresses them") {
  using namespace penstock::compress;
  plugin.transform<Gzip>("gzip", "text or bytes, compressed with gzip");
  plugin.transform<Gunzip>("gunzip", "the content of what gzip has compressed");
  plugin.transform<Zstd>("zstd", "text or bytes, compressed with zstd");
  plugin.transform<Unzstd>("unzstd", "the content of what zstd has compressed");
}
