// compress.unzstd: the content of zstd data (RFC 8878), of one frame or several; skippable frames
// are left aside. Data that is cut off, damaged, or not zstd fails for good, with its place.
#pragma once

#include <penstock/plugin.hpp>

#include <memory>

struct ZSTD_DCtx_s;

namespace penstock::compress {

class GrowingBlock;

class Unzstd {
 public:
  Size max_size = 1_GiB;

  void params(Params& p);
  void open();
  void run(Bytes bytes, Emit<Bytes>& out, Context& context);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::size_t read_frame(Bytes bytes, std::size_t begin, GrowingBlock& content, Context& context);

  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace penstock::compress
