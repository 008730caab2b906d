// One keeper process and the children below it: the socket to it, the wait for its end, and what is
// to be done when it is lost. Made and dropped by Keeper. It lives on by itself, in the handlers it
// has given to the loop, until its process is reaped. The loop's thread.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "process/child.hpp"
#include "process/frame.hpp"
#include "process/keeper.hpp"

namespace penstock {

struct Child::State {
  State(boost::asio::io_context& loop, std::uint32_t number, ChildEvents listener)
      : id(number), events(std::move(listener)), process(loop) {}

  std::uint32_t id;
  ChildEvents events;
  std::weak_ptr<Keeper::Link> link;
  pid_t pid = 0;
  bool ended = false;
  boost::asio::posix::stream_descriptor process;  // its pidfd
};

class Keeper::Link : public std::enable_shared_from_this<Keeper::Link> {
 public:
  static Result<std::shared_ptr<Link>> start(boost::asio::io_context& loop,
                                             const std::filesystem::path& program, int held);
  Link(boost::asio::io_context& loop, pid_t pid, UniqueFd process, UniqueFd socket);

  bool lost() const { return lost_; }
  pid_t pid() const { return pid_; }

  void launch(std::shared_ptr<Child::State> child, Launch what);
  void kill(std::uint32_t id, int signal);
  void disown(Child::State& child);  // kills it, and it hears nothing any more

  void stop(std::function<void()> done);
  void stop_and_wait();

 private:
  void send(Frame frame);
  void write();
  void read();
  void handle(const Frame& frame);
  void start(const std::shared_ptr<Child::State>& child, pid_t pid);
  ChildEvents end(std::uint32_t id);  // what is to be told, by the caller, at last

  void lose();
  void tell_lost(std::uint32_t id);
  void silence();
  void kill_groups();
  void close_socket();
  void wait_for_process(std::function<void()> done);
  void reap();

  boost::asio::io_context& loop_;
  pid_t pid_;
  boost::asio::posix::stream_descriptor process_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer deadline_;
  FrameReader reader_;
  FrameWriter writer_;
  bool writing_ = false;
  bool lost_ = false;
  bool reaped_ = false;
  std::unordered_map<std::uint32_t, std::shared_ptr<Child::State>> children_;
};

}  // namespace penstock
