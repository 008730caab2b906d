#include "compress/zstd.hpp"

#include <zstd.h>

#include <new>

namespace penstock::compress {

void Zstd::Free::operator()(ZSTD_CCtx* context) const {
  ZSTD_freeCCtx(context);
}

void Zstd::params(Params& p) {
  p.optional("level", level, "from 1, fast, to 22, small and slow", between(1, 22));
}

void Zstd::open() {
  context_.reset(ZSTD_createCCtx());
  if (!context_) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

// Into private memory first, for the reason that gzip.cpp gives.
void Zstd::run(Bytes bytes, Emit<Bytes>& out) {
  const std::size_t bound = ZSTD_compressBound(bytes.size());
  const auto block = std::make_unique_for_overwrite<std::byte[]>(bound);
  const std::size_t made =
      ZSTD_compress2(context_.get(), block.get(), bound, bytes.data(), bytes.size());
  if (ZSTD_isError(made)) {
    throw std::runtime_error(std::string("zstd cannot compress this: ") + ZSTD_getErrorName(made));
  }
  out({block.get(), made});
}

}  // namespace penstock::compress
