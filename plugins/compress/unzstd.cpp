#include "compress/unzstd.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>

#include "compress/growing_block.hpp"

namespace penstock::compress {
namespace {

// What the frame at the beginning says that its content has; nothing if it does not say it.
std::optional<std::uint64_t> size_said(Bytes bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) return std::nullopt;
  return size;
}

std::string at(std::size_t place) {
  return " at byte " + std::to_string(place);
}

}  // namespace

void Unzstd::Free::operator()(ZSTD_DCtx* context) const {
  ZSTD_freeDCtx(context);
}

void Unzstd::params(Params& p) {
  p.optional("max_size", max_size, "content that comes to more is a failure", at_least(1));
}

void Unzstd::open() {
  context_.reset(ZSTD_createDCtx());
  if (!context_) throw std::bad_alloc();
}

void Unzstd::run(Bytes bytes, Emit<Bytes>& out, Context& context) {
  if (bytes.empty()) throw Permanent("this is no zstd data: it is empty");
  // Of several frames the first stands for all: they grow to what they need.
  GrowingBlock content(context, bytes.size(), size_said(bytes).value_or(4 * bytes.size()),
                       max_size);
  for (std::size_t place = 0; place != bytes.size();) {
    place = read_frame(bytes, place, content, context);
  }
  out(content.content());
}

// Answers where the frame that begins at `begin` ends. All of the input is offered at once: a frame
// for which there is room is then decoded in one go, without a window of its own.
std::size_t Unzstd::read_frame(Bytes bytes, std::size_t begin, GrowingBlock& content,
                               Context& context) {
  if (size_said(bytes.subspan(begin)).value_or(0) > max_size) fail_as_too_large(max_size);
  ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), begin};
  for (;;) {
    const std::span<std::byte> room = content.room();
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(result)) {
      const std::string why = ZSTD_getErrorName(result);
      const bool frame = ZSTD_getErrorCode(result) != ZSTD_error_prefix_unknown;
      throw Permanent(frame ? "the zstd frame" + at(begin) + " is damaged: " + why
                      : begin == 0
                          ? "this is no zstd data: " + why
                          : "behind a zstd frame follows something else" + at(begin) + ": " + why);
    }
    content.add(out.pos);
    if (result == 0) return in.pos;
    if (in.pos == in.size && out.pos < out.size) {
      throw Permanent("the zstd data is cut off: it ends" + at(in.pos) +
                      ", within a frame that begins" + at(begin));
    }
    if (context.cancelled()) {
      throw Transient("decompressing had to stop" + at(in.pos) + " of " +
                      std::to_string(bytes.size()));
    }
  }
}

}  // namespace penstock::compress
