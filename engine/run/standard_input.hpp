// The engine's standard input, which no worker can read twice: the engine reads it into blocks of
// its own, cut at line ends, and keeps each until the source that takes it has given a snapshot
// behind it. So a source may die at any moment and loses no byte. Belongs to the loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "pool/engine_memory.hpp"
#include "pool/extent_table.hpp"
#include "run/item.hpp"

namespace penstock {

class StandardInput {
 public:
  static constexpr std::size_t kPieceBytes = 256 * 1024;
  static constexpr std::size_t kSmallPiece = 32 * 1024;
  static constexpr std::size_t kMaxLine = 64u << 20;
  static constexpr std::size_t kKept = 8;  // pieces; a source that takes none holds the input up

  struct Piece {
    std::uint32_t number = 0;    // from 0, without gaps
    std::uint64_t position = 0;  // of its first byte in the stream
    std::uint64_t size = 0;
    BlockId block = kNoBlock;
  };

  StandardInput(boost::asio::io_context& loop, ExtentTable& extents, EngineMemory& memory);

  // Begins to read; the stage `user` is the only one that may.
  bool open(StageIndex user);
  bool used_by(StageIndex stage) const { return user_ == stage; }

  // The pieces that are still kept, in order.
  const std::deque<Piece>& pieces() const { return pieces_; }
  const Piece* find(std::uint32_t number) const;
  const std::byte* data(const Piece& piece) const { return memory_.data(piece.block); }
  bool at_end() const { return ended_; }
  std::uint64_t position() const { return position_; }  // behind the last piece
  const std::string& problem() const { return problem_; }

  // Everything before this position is not needed any more.
  void forget_before(std::uint64_t position);

 private:
  void read_more();
  void read_some();
  void complete(std::size_t size);
  void complete_small(std::size_t size, std::size_t rest);
  void keep(const ipc::BlockRef& ref);
  bool prepare(std::size_t bytes);
  void fail(std::string text);

  boost::asio::io_context& loop_;
  ExtentTable& extents_;
  EngineMemory& memory_;
  // An epoll set with the standard input in it: a wait on that itself would make it non-blocking
  // for everybody who shares it. None: a file or a device that never lets wait.
  std::unique_ptr<boost::asio::posix::stream_descriptor> readable_;
  StageIndex user_ = kNoStage;
  std::deque<Piece> pieces_;
  ipc::Block filling_;
  std::size_t filled_ = 0;
  std::uint64_t position_ = 0;
  std::uint32_t next_number_ = 0;
  bool reading_ = false;
  bool ended_ = false;
  std::string problem_;
  std::shared_ptr<StandardInput> here_{this, [](StandardInput*) {}};  // owns nothing
};

}  // namespace penstock
