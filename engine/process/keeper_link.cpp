#include "process/keeper_link.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "base/wire.hpp"
#include "process/spawn.hpp"

namespace penstock {
namespace {

UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Frame launch_frame(std::uint32_t id, Launch what) {
  WireWriter out;
  out.put(id);
  out.put(what.data_limit);
  out.put(static_cast<std::uint8_t>(what.nice ? 1 : 0));
  out.put(static_cast<std::int32_t>(what.nice.value_or(0)));
  out.put(static_cast<std::uint64_t>(what.cpus.size()));
  for (const unsigned cpu : what.cpus) out.put(static_cast<std::uint32_t>(cpu));
  out.put(static_cast<std::uint8_t>(what.terminal ? 1 : 0));
  out.put(static_cast<std::uint8_t>(what.stdout_and_stderr ? 1 : 0));
  out.put(static_cast<std::uint64_t>(what.fds.size() + (what.stdout_and_stderr ? 1 : 0)));
  out.put(static_cast<std::uint64_t>(what.argv.size()));
  for (const std::string& argument : what.argv) out.put_text(argument);
  out.put(static_cast<std::uint64_t>(what.env.size()));
  for (const auto& [name, value] : what.env) {
    out.put_text(name);
    out.put_text(value);
  }
  Frame frame{FrameKind::launch, out.take(), {}};
  if (what.stdout_and_stderr) frame.fds.push_back(std::move(what.stdout_and_stderr));
  for (UniqueFd& fd : what.fds) frame.fds.push_back(std::move(fd));
  return frame;
}

}  // namespace

Result<std::shared_ptr<Keeper::Link>> Keeper::Link::start(boost::asio::io_context& loop,
                                                          const std::filesystem::path& program,
                                                          int held) {
  auto sockets = create_socket_pair(SOCK_STREAM);
  if (!sockets) return sockets.error();
  Spawn what;
  what.argv = {program.string(), std::to_string(::getpid())};
  what.fds = {sockets->second.get()};
  if (held >= 0) what.fds.push_back(held);
  what.output = ::fcntl(STDERR_FILENO, F_GETFD) < 0 ? -1 : STDERR_FILENO;
  // From its first instruction on: what a terminal sends is for the engine to judge.
  what.ignored = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP};
  const auto pid = spawn(what);
  if (!pid) return pid.error();
  UniqueFd process = open_pidfd(*pid);
  if (!process) return Error(Status::gave_up, program.string() + ": ended as soon as it began");
  try {
    auto link = std::make_shared<Link>(loop, *pid, std::move(process), std::move(sockets->first));
    link->read();
    return link;
  } catch (const boost::system::system_error& error) {
    return Error(Status::lack, std::string("the loop cannot watch the keeper: ") + error.what());
  }
}

Keeper::Link::Link(boost::asio::io_context& loop, pid_t pid, UniqueFd process, UniqueFd socket)
    : loop_(loop),
      pid_(pid),
      process_(loop, process.release()),
      socket_(loop, socket.release()),
      deadline_(loop) {}

void Keeper::Link::launch(std::shared_ptr<Child::State> child, Launch what) {
  child->link = weak_from_this();
  const std::uint32_t id = child->id;
  children_.emplace(id, std::move(child));
  Frame frame = launch_frame(id, std::move(what));
  if (frame.fds.size() <= Frame::kMaxFds && frame.body.size() <= Frame::kMaxBody) {
    return send(std::move(frame));
  }
  boost::asio::post(loop_, [self = shared_from_this(), id] {
    if (const auto events = self->end(id); events.failed) {
      events.failed("its arguments, environment or descriptors are too many to be handed over");
    }
  });
}

void Keeper::Link::kill(std::uint32_t id, int signal) {
  WireWriter out;
  out.put(id);
  out.put(static_cast<std::int32_t>(signal));
  send({FrameKind::kill, out.take(), {}});
}

void Keeper::Link::disown(Child::State& child) {
  if (child.ended) return;
  child.ended = true;
  child.events = {};
  kill(child.id, SIGKILL);
}

void Keeper::Link::send(Frame frame) {
  if (!socket_.is_open()) return;
  writer_.push(std::move(frame));
  if (!writing_) write();
}

void Keeper::Link::write() {
  // A broken socket is noticed where it is read.
  writing_ = writer_.flush(socket_.native_handle()) && writer_.pending();
  if (!writing_) return;
  socket_.async_wait(socket_.wait_write,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error && self->socket_.is_open()) self->write();
                     });
}

void Keeper::Link::read() {
  socket_.async_wait(socket_.wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       while (!error && self->socket_.is_open()) {
                         auto frame = self->reader_.next(self->socket_.native_handle());
                         if (!frame) return self->lose();
                         if (!*frame) return self->read();
                         self->handle(**frame);
                       }
                     });
}

void Keeper::Link::handle(const Frame& frame) {
  WireReader in(frame.body);
  const auto id = in.get<std::uint32_t>();
  const auto found = children_.find(id);
  if (found == children_.end()) return;
  if (frame.kind == FrameKind::started) {
    start(found->second, in.get<std::int32_t>());
  } else if (frame.kind == FrameKind::failed) {
    const std::string reason(in.get_text());
    if (const auto events = end(id); events.failed) events.failed(reason);
  } else if (frame.kind == FrameKind::died) {
    const auto how = in.get<std::int32_t>();
    const ExitStatus status = exit_status_of(how, in.get<std::int32_t>());
    if (const auto events = end(id); events.died) events.died(status);
  }
}

void Keeper::Link::start(const std::shared_ptr<Child::State>& child, pid_t pid) {
  child->pid = pid;
  if (UniqueFd process = open_pidfd(pid)) {
    boost::system::error_code ignored;
    child->process.assign(process.get(), ignored);
    if (!ignored) process.release();
  }
  // A copy: the callback may destroy what it belongs to.
  if (const auto started = child->events.started) started(pid);
}

ChildEvents Keeper::Link::end(std::uint32_t id) {
  const auto found = children_.find(id);
  if (found == children_.end()) return {};
  const auto child = found->second;
  children_.erase(found);
  child->ended = true;
  boost::system::error_code ignored;
  child->process.close(ignored);
  return std::exchange(child->events, {});
}

void Keeper::Link::lose() {
  lost_ = true;
  close_socket();
  ::kill(pid_, SIGKILL);
  kill_groups();
  wait_for_process({});
  std::vector<std::uint32_t> ids;
  for (const auto& [id, child] : children_) ids.push_back(id);
  for (const std::uint32_t id : ids) {
    auto& process = children_.at(id)->process;
    const auto tell = [self = shared_from_this(), id](boost::system::error_code error) {
      if (!error) self->tell_lost(id);
    };
    if (process.is_open()) {
      process.async_wait(process.wait_read, tell);
    } else {
      boost::asio::post(loop_, [tell] { tell({}); });
    }
  }
  deadline_.expires_after(kPatience);
  deadline_.async_wait([self = shared_from_this(), ids](boost::system::error_code error) {
    for (const std::uint32_t id : ids) {
      if (!error) self->tell_lost(id);
    }
  });
}

void Keeper::Link::tell_lost(std::uint32_t id) {
  const auto events = end(id);
  if (children_.empty()) deadline_.cancel();
  if (events.lost) events.lost();
}

void Keeper::Link::stop(std::function<void()> done) {
  silence();
  close_socket();
  const auto finish = std::make_shared<std::function<void()>>(std::move(done));
  const auto once = [self = shared_from_this(), finish] {
    self->deadline_.cancel();
    if (const auto call = std::exchange(*finish, {})) call();
  };
  if (reaped_) return boost::asio::post(loop_, once);
  deadline_.expires_after(kPatience);
  deadline_.async_wait([self = shared_from_this(), once](boost::system::error_code error) {
    if (error) return;
    ::kill(self->pid_, SIGKILL);
    self->kill_groups();
    once();
  });
  wait_for_process(once);
}

void Keeper::Link::stop_and_wait() {
  silence();
  deadline_.cancel();
  close_socket();
  if (reaped_) return;
  if (!wait_readable(process_.native_handle(), static_cast<int>(kPatience.count()))) {
    ::kill(pid_, SIGKILL);
    kill_groups();
  }
  reap();
}

void Keeper::Link::silence() {
  for (const auto& [id, child] : children_) {
    child->ended = true;
    child->events = {};
  }
}

// Beside their own parent-death signal: a task can have cleared that, or have forked.
void Keeper::Link::kill_groups() {
  for (const auto& [id, child] : children_) {
    if (child->pid > 0) ::kill(-child->pid, SIGKILL);
  }
}

void Keeper::Link::close_socket() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Keeper::Link::wait_for_process(std::function<void()> done) {
  process_.async_wait(process_.wait_read, [self = shared_from_this(), done = std::move(done)](
                                              boost::system::error_code error) {
    if (error) return;
    self->reap();
    if (done) done();
  });
}

// A program that embeds the engine may have been quicker, with a wait for any child of its own.
void Keeper::Link::reap() {
  if (std::exchange(reaped_, true)) return;
  siginfo_t ignored;
  ::waitid(P_PID, static_cast<id_t>(pid_), &ignored, WEXITED);
  boost::system::error_code closed;
  process_.close(closed);
}

}  // namespace penstock
