// compress.gzip: text or bytes as one gzip member (RFC 1952), without a name and a time, so that
// the same input always makes the same output. Members one behind the other are a gzip file too.
#pragma once

#include <penstock/plugin.hpp>

#include <memory>

struct z_stream_s;

namespace penstock::compress {

class Gzip {
 public:
  int level = 6;

  void params(Params& p);
  void open();
  void run(Bytes bytes, Emit<Bytes>& out, Context& context);

 private:
  struct Free {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, Free> stream_;
};

}  // namespace penstock::compress
