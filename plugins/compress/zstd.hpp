// compress.zstd: text or bytes as one zstd frame (RFC 8878) with its size and a checksum, as the
// program zstd writes it. Frames one behind the other are a zstd file as well.
#pragma once

#include <penstock/plugin.hpp>

#include <memory>

struct ZSTD_CCtx_s;

namespace penstock::compress {

class Zstd {
 public:
  int level = 3;

  void params(Params& p);
  void open();
  void run(Bytes bytes, Emit<Bytes>& out);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

}  // namespace penstock::compress
