// The engine's side of the keeper, the one process that the engine starts: parent of everything
// else that runs for it. Each engine has one Keeper and everything in it launches through that. The
// loop never waits for the keeper: what its socket does not take waits here.
//
// When the keeper process is lost, everything below it is killed, each child hears `lost` once its
// process is really gone, and the next launch starts another keeper. Fails with what spawn() says;
// a keeper that cannot be started again makes launches fail.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "process/child.hpp"

namespace penstock {

class Keeper {
 public:
  // How long the keeper may take to kill what is below it and to leave.
  static constexpr std::chrono::milliseconds kPatience{2000};

  // `program` is penstock-keeper; see find_program(). `held`: a descriptor that the keeper is to
  // have as long as anything below it lives, so that a lock is not free before; -1: none.
  static Result<std::unique_ptr<Keeper>> start(boost::asio::io_context& loop,
                                               std::filesystem::path program, int held = -1);

  // Ends the keeper and everything below it, waiting for at most kPatience.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  Child launch(Launch what, ChildEvents events);

  // The same as the destructor without blocking the loop: no child hears anything any more, and
  // `done` comes when nothing is left. Launches fail from now on.
  void stop(std::function<void()> done);

  pid_t pid() const;  // of the keeper process; 0: there is none now

  class Link;  // one keeper process

 private:
  Keeper(boost::asio::io_context& loop, std::filesystem::path program, int held);
  Result<void> connect();

  boost::asio::io_context& loop_;
  std::filesystem::path program_;
  int held_;
  std::shared_ptr<Link> link_;
  std::uint32_t next_id_ = 1;
  bool stopped_ = false;
};

}  // namespace penstock
