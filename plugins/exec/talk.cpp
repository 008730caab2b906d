#include "exec/talk.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace penstock::exec {
namespace {

using Clock = std::chrono::steady_clock;

// A signal that asks for the call's end comes through at once; one that came just before the wait
// is seen after this.
constexpr int tick_ms = 50;

// As much as a pipe can hold, unless somebody has made it larger: after the command's end there is
// no more to be read, except from a process that has left its group.
constexpr std::size_t most_behind = 1 << 20;

// Writing to a command that does not read is no reason to die.
class PipeSignalBlocked {
 public:
  PipeSignalBlocked() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalBlocked() {
    if (::sigismember(&before_, SIGPIPE) != 0) return;
    const timespec now{};
    while (::sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalBlocked(const PipeSignalBlocked&) = delete;
  PipeSignalBlocked& operator=(const PipeSignalBlocked&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

// What stands in the pipe now; 0 for nothing more, ever, or at the moment.
std::size_t read_some(Descriptor& from, std::span<std::byte> into) {
  const ssize_t size = ::read(from.get(), into.data(), into.size());
  if (size > 0) return static_cast<std::size_t>(size);
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) from.close();
  return 0;
}

void feed(Descriptor& to, std::string_view& input) {
  while (!input.empty()) {
    const ssize_t size = ::write(to.get(), input.data(), input.size());
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0 && errno != EINTR) break;
    if (size > 0) input.remove_prefix(static_cast<std::size_t>(size));
  }
  to.close();
}

std::size_t listen(Descriptor& from, Capture& to) {
  const std::size_t size = read_some(from, to.room());
  if (size > 0) to.add(size);
  return size;
}

std::size_t listen(Descriptor& from, Tail& to) {
  std::array<std::byte, Tail::kept> block;
  const std::size_t size = read_some(from, block);
  to.add(as_text(Bytes(block).first(size)));
  return size;
}

template <class To>
void listen_to_the_end(Descriptor& from, To& to) {
  std::size_t behind = 0;
  while (from && behind < most_behind) {
    const std::size_t size = listen(from, to);
    if (size == 0) return;
    behind += size;
  }
}

}  // namespace

void Tail::add(std::string_view text) {
  if (text_.empty()) cut_ = false;
  text_ += text;
  if (text_.size() <= 2 * kept) return;
  text_.erase(0, text_.size() - kept);
  cut_ = true;
}

std::string Tail::text() const {
  std::string_view tail = text_;
  const bool cut = cut_ || tail.size() > kept;
  if (tail.size() > kept) tail.remove_prefix(tail.size() - kept);
  while (tail.ends_with('\n') || tail.ends_with('\r')) tail.remove_suffix(1);
  return (cut ? "[...]" : "") + std::string(tail);
}

std::optional<Ending> Talk::run(Child& child, const Context& context) {
  const PipeSignalBlocked blocked;
  Clock::time_point patience;
  if (child.input) feed(child.input, input);
  for (;;) {
    if (!cancelled && context.cancelled()) {
      cancelled = true;
      patience = Clock::now() + grace;
      child.signal(SIGTERM);
    }
    if (cancelled && Clock::now() >= patience) child.signal(SIGKILL);

    pollfd events[] = {{child.input.get(), POLLOUT, 0},
                       {child.output.get(), POLLIN, 0},
                       {child.errors.get(), POLLIN, 0},
                       {child.process.get(), POLLIN, 0}};
    if (::poll(events, 4, tick_ms) <= 0) continue;
    if (events[0].revents != 0) feed(child.input, input);
    if (events[1].revents != 0) listen(child.output, *output);
    if (events[2].revents != 0) listen(child.errors, *errors);
    if (events[3].revents != 0) break;
  }
  const std::optional<Ending> ending = child.reap();
  if (child.output) listen_to_the_end(child.output, *output);
  listen_to_the_end(child.errors, *errors);
  return ending;
}

}  // namespace penstock::exec
