// penstock-keeper ENGINE_PID: the parent of all workers of one engine, which started it and talks
// to it over descriptor 3. One thread that never loads a plugin and never waits for anything but
// the next event. It is started with the signals of a terminal ignored. When the engine is gone, or
// closes the socket, everything below is killed and the keeper leaves; until then nothing ends it
// but SIGKILL.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/wire.hpp"
#include "process/family.hpp"
#include "process/frame.hpp"
#include "process/spawn.hpp"

namespace penstock {
namespace {

constexpr int kSocket = 3;
// A worker goes before its engine when memory runs out: the engine can start another one.
constexpr int kOomScoreRise = 500;

class KeeperProgram {
 public:
  KeeperProgram(UniqueFd deaths, UniqueFd engine)
      : deaths_(std::move(deaths)), engine_(std::move(engine)) {}

  void run() {
    while (wait_for_event() && read_socket() && report_deaths() && writer_.flush(kSocket)) {
    }
    ::close(kSocket);
    family_.end([this] { wait_for_death(); });
  }

 private:
  // False when the engine has ended. That is not left to the socket alone: a process that the
  // engine forked may hold the other end open.
  bool wait_for_event() {
    const short writable = writer_.pending() ? POLLOUT : 0;
    pollfd events[] = {{kSocket, static_cast<short>(POLLIN | writable), 0},
                       {deaths_.get(), POLLIN, 0},
                       {engine_.get(), POLLIN, 0}};
    while (::poll(events, 3, -1) < 0) {
    }
    return events[2].revents == 0;
  }

  bool read_socket() {
    for (;;) {
      auto frame = reader_.next(kSocket);
      if (!frame) return false;
      if (!*frame) return true;
      handle(**frame);
    }
  }

  void handle(Frame& frame) {
    WireReader in(frame.body);
    const auto id = in.get<std::uint32_t>();
    if (frame.kind == FrameKind::kill) {
      family_.signal(id, in.get<std::int32_t>());
    } else if (frame.kind == FrameKind::launch) {
      launch(id, in, frame.fds);
    }
  }

  void launch(std::uint32_t id, WireReader& in, const std::vector<UniqueFd>& fds) {
    Spawn what;
    what.dies_with_parent = true;
    what.oom_score_rise = kOomScoreRise;
    what.data_limit = in.get<std::uint64_t>();
    const bool has_nice = in.get<std::uint8_t>() != 0;
    const auto nice = in.get<std::int32_t>();
    if (has_nice) what.nice = nice;
    what.cpus.resize(in.get_count(sizeof(std::uint32_t)));
    for (unsigned& cpu : what.cpus) cpu = in.get<std::uint32_t>();
    what.terminal = in.get<std::uint8_t>() != 0;
    // Who stops at the terminal what runs below has no shell that would let it go on.
    if (what.terminal) what.ignored = {SIGTSTP};
    const bool has_output = in.get<std::uint8_t>() != 0;
    const auto fd_count = in.get<std::uint64_t>();
    what.argv.resize(in.get_count(sizeof(std::uint64_t)));
    for (std::string& argument : what.argv) argument = in.get_text();
    what.env.resize(in.get_count(2 * sizeof(std::uint64_t)));
    for (auto& [name, value] : what.env) {
      name = in.get_text();
      value = in.get_text();
    }
    if (!in.ok() || fd_count != fds.size() || (has_output && fds.empty())) {
      return report_failure(id, "the keeper has no descriptors left; " + descriptors_advice());
    }
    for (const UniqueFd& fd : fds) what.fds.push_back(fd.get());
    if (has_output) {
      what.output = what.fds.front();
      what.fds.erase(what.fds.begin());
    }
    const auto pid = spawn(what);
    if (!pid) return report_failure(id, pid.error().what());
    family_.add(id, *pid);
    WireWriter out;
    out.put(id);
    out.put(static_cast<std::int32_t>(*pid));
    writer_.push({FrameKind::started, out.take(), {}});
  }

  void report_failure(std::uint32_t id, std::string_view text) {
    WireWriter out;
    out.put(id);
    out.put_text(text);
    writer_.push({FrameKind::failed, out.take(), {}});
  }

  bool report_deaths() {
    forget_signals();
    for (const Family::Death& death : family_.reap()) {
      WireWriter out;
      out.put(death.id);
      out.put(static_cast<std::int32_t>(death.how));
      out.put(static_cast<std::int32_t>(death.value));
      writer_.push({FrameKind::died, out.take(), {}});
    }
    return true;
  }

  // What was told once is enough: reap() looks for all who have died.
  void forget_signals() {
    signalfd_siginfo info;
    while (::read(deaths_.get(), &info, sizeof info) > 0) {
    }
  }

  // For a death at most so long: one more stranger may have come in between.
  void wait_for_death() {
    wait_readable(deaths_.get(), 20);
    forget_signals();
  }

  UniqueFd deaths_;
  UniqueFd engine_;
  FrameReader reader_;
  FrameWriter writer_;
  Family family_;
};

int keep(pid_t engine_pid) {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  UniqueFd deaths(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  UniqueFd engine(static_cast<int>(::syscall(SYS_pidfd_open, engine_pid, 0)));
  if (!deaths || !engine || ::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    std::perror("penstock-keeper");
    return 1;
  }
  // Asked after pidfd_open: if it is still the parent, the number meant the right process.
  if (::getppid() != engine_pid) return 1;
  KeeperProgram(std::move(deaths), std::move(engine)).run();
  return 0;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  const int engine = argc == 2 ? std::atoi(argv[1]) : 0;
  if (engine <= 0) {
    std::fputs("penstock-keeper is started by penstock; it is of no use alone\n", stderr);
    return 2;
  }
  return penstock::keep(engine);
}
