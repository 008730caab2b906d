// What a source sees of the engine's standard input: pieces of whole lines, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace penstock {

struct InputStream {
  struct Piece {
    std::uint32_t number;
    std::uint64_t position;  // in the stream
    const std::byte* data;
    std::uint64_t size;

    std::uint64_t end() const { return position + size; }
  };
  std::deque<Piece> pieces;
  std::uint64_t position = 0;  // what was consumed
  bool wanted = false;
  bool ended = false;
  bool used = false;  // in this stage, ever

  void feed(const Piece& piece) {
    if (piece.end() > position) pieces.push_back(piece);
  }
  // A piece stays until the call after the one that used it up, so that its parts can be emitted.
  void forget_used() {
    while (!pieces.empty() && pieces.front().end() <= position) pieces.pop_front();
  }
};

}  // namespace penstock
