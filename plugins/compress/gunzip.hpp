// compress.gunzip: the content of gzip data (RFC 1952), of one member or several, zeros behind the
// last one left aside. Data that is cut off, damaged, or not gzip fails for good, with the place.
#pragma once

#include <penstock/plugin.hpp>

#include <memory>

struct z_stream_s;

namespace penstock::compress {

class GrowingBlock;

class Gunzip {
 public:
  Size max_size = 1_GiB;

  void params(Params& p);
  void open();
  void run(Bytes bytes, Emit<Bytes>& out, Context& context);

 private:
  struct Free {
    void operator()(z_stream_s* stream) const;
  };
  std::size_t read_member(Bytes bytes, std::size_t begin, GrowingBlock& content, Context& context);

  std::unique_ptr<z_stream_s, Free> stream_;
};

}  // namespace penstock::compress
