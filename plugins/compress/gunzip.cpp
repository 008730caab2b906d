#include "compress/gunzip.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <new>

#include "compress/growing_block.hpp"

namespace penstock::compress {
namespace {

constexpr int gzip_format = 16 + MAX_WBITS;
constexpr std::size_t magic_size = 2;
constexpr std::size_t shortest_member = 18;
constexpr std::size_t piece = 1 << 20;  // between two looks at whether the call shall end

// The size that the last member says its content has, modulo 4 GiB.
std::uint64_t expected_size(Bytes bytes) {
  std::uint32_t size = 0;
  if (bytes.size() < shortest_member) return 0;
  std::memcpy(&size, bytes.last(sizeof size).data(), sizeof size);
  return size;
}

bool is_padding(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::string at(std::size_t place) {
  return " at byte " + std::to_string(place);
}

}  // namespace

void Gunzip::Free::operator()(z_stream* stream) const {
  inflateEnd(stream);
  delete stream;
}

void Gunzip::params(Params& p) {
  p.optional("max_size", max_size, "content that comes to more is a failure", at_least(1));
}

void Gunzip::open() {
  stream_.reset(new z_stream{});
  if (inflateInit2(stream_.get(), gzip_format) != Z_OK) throw std::bad_alloc();
}

void Gunzip::run(Bytes bytes, Emit<Bytes>& out, Context& context) {
  GrowingBlock content(context, bytes.size(), expected_size(bytes), max_size);
  std::size_t place = read_member(bytes, 0, content, context);
  while (place != bytes.size() && !is_padding(bytes.subspan(place))) {
    place = read_member(bytes, place, content, context);
  }
  out(content.content());
}

// Answers where the member that begins at `begin` ends.
std::size_t Gunzip::read_member(Bytes bytes, std::size_t begin, GrowingBlock& content,
                                Context& context) {
  z_stream& stream = *stream_;
  inflateReset(&stream);
  std::size_t place = begin;
  for (;;) {
    const std::size_t in = std::min(piece, bytes.size() - place);
    const std::span<std::byte> free = content.room();
    const std::size_t room = std::min(piece, free.size());
    stream.next_in = reinterpret_cast<const Bytef*>(bytes.data() + place);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(free.data());
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = room - stream.avail_out;
    place += in - stream.avail_in;
    content.add(made);
    if (result == Z_STREAM_END) return place;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result != Z_OK && result != Z_BUF_ERROR) {
      const std::string why = stream.msg != nullptr ? stream.msg : zError(result);
      const bool member = place > begin + magic_size;
      throw Permanent(member ? "the gzip data is damaged" + at(place) + ": " + why
                      : begin == 0
                          ? "this is no gzip data: " + why
                          : "behind a gzip member follows something else" + at(begin) + ": " + why);
    }
    if (place == bytes.size() && made < room) {
      throw Permanent("the gzip data is cut off: it ends" + at(place) +
                      ", within a member that begins" + at(begin));
    }
    if (context.cancelled()) {
      throw Transient("decompressing had to stop" + at(place) + " of " +
                      std::to_string(bytes.size()));
    }
  }
}

}  // namespace penstock::compress
