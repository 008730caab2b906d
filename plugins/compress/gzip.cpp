#include "compress/gzip.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <new>

namespace penstock::compress {
namespace {

constexpr int gzip_format = 16 + MAX_WBITS;
constexpr int memory_level = 8;  // zlib's own default

// Between two looks at whether the call shall end; small enough for the numbers of zlib, 32 bits.
constexpr std::size_t piece = 1 << 20;

}  // namespace

void Gzip::Free::operator()(z_stream* stream) const {
  deflateEnd(stream);
  delete stream;
}

void Gzip::params(Params& p) {
  p.optional("level", level, "from 1, fast, to 9, small", between(1, 9));
}

void Gzip::open() {
  stream_.reset(new z_stream{});
  const int result =
      deflateInit2(stream_.get(), level, Z_DEFLATED, gzip_format, memory_level, Z_DEFAULT_STRATEGY);
  if (result != Z_OK) throw std::bad_alloc();
}

// Compressed into private memory, of which only what is filled is ever touched, and copied when its
// size is known: a loaned block would keep the room for the worst case until its readers are done.
void Gzip::run(Bytes bytes, Emit<Bytes>& out, Context& context) {
  z_stream& stream = *stream_;
  deflateReset(&stream);
  const std::size_t bound = deflateBound(&stream, bytes.size());
  const auto block = std::make_unique_for_overwrite<std::byte[]>(bound);
  std::size_t taken = 0;
  std::size_t made = 0;
  int result = Z_OK;
  while (result == Z_OK) {
    if (context.cancelled()) {
      throw Transient("compressing had to stop at byte " + std::to_string(taken) + " of " +
                      std::to_string(bytes.size()));
    }
    const std::size_t in = std::min(piece, bytes.size() - taken);
    const std::size_t room = std::min(2 * piece, bound - made);
    stream.next_in = reinterpret_cast<const Bytef*>(bytes.data() + taken);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(block.get() + made);
    stream.avail_out = static_cast<uInt>(room);
    result = deflate(&stream, taken + in == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    taken += in - stream.avail_in;
    made += room - stream.avail_out;
  }
  if (result != Z_STREAM_END) throw std::logic_error("zlib wanted more room than it had asked for");
  out({block.get(), made});
}

}  // namespace penstock::compress
