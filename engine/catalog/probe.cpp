#include "catalog/probe.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "process/pipe_reader.hpp"
#include "process/stderr_tail.hpp"

namespace penstock {
namespace {

constexpr std::size_t kMaxAnswer = 16u << 20;

// The last line that says something.
std::string last_line(const StderrTail& tail) {
  for (auto line = tail.lines().rbegin(); line != tail.lines().rend(); ++line) {
    const auto begin = line->find_first_not_of(" \t");
    if (begin != std::string::npos) return line->substr(begin);
  }
  return {};
}

}  // namespace

struct Probe::State : std::enable_shared_from_this<Probe::State> {
  State(boost::asio::io_context& loop, Done listener) : timer(loop), done(std::move(listener)) {}

  Result<void> start(boost::asio::io_context& loop, Keeper& keeper, std::vector<std::string> argv) {
    auto channel = create_pipe();
    if (!channel) return channel.error();
    auto written = create_pipe();
    if (!written) return written.error();
    Launch what;
    what.argv = std::move(argv);
    what.fds.push_back(std::move(channel->write));
    what.stdout_and_stderr = std::move(written->write);
    answer = std::make_unique<PipeReader>(loop, std::move(channel->read),
                                          [this](std::string_view bytes) { take(bytes); });
    output = std::make_unique<PipeReader>(loop, std::move(written->read),
                                          [this](std::string_view bytes) { tail.feed(bytes); });
    ChildEvents events;
    events.died = [this](const ExitStatus& status) {
      report.status = status;
      finish(ProbeReport::End::died);
    };
    events.failed = [this](const std::string& reason) {
      report.reason = reason;
      finish(ProbeReport::End::failed);
    };
    events.lost = [this] { finish(ProbeReport::End::lost); };
    child = keeper.launch(std::move(what), std::move(events));
    return {};
  }

  void take(std::string_view bytes) {
    if (report.answer.size() + bytes.size() > kMaxAnswer) return finish(ProbeReport::End::endless);
    report.answer += bytes;
  }

  void finish(ProbeReport::End end) {
    const auto self = shared_from_this();
    const Done told = std::exchange(done, {});
    if (!told) return;
    if (end == ProbeReport::End::died) {
      answer->drain();
      output->drain();
    }
    stop();
    tail.finish();
    report.end = end;
    report.last_line = last_line(tail);
    told(std::move(report));
  }

  void stop() {
    done = {};
    timer.cancel();
    child = Child();
    answer.reset();
    output.reset();
  }

  boost::asio::steady_timer timer;
  Done done;
  ProbeReport report;
  StderrTail tail;
  std::unique_ptr<PipeReader> answer;
  std::unique_ptr<PipeReader> output;
  Child child;
};

Probe::Probe(boost::asio::io_context& loop, Keeper& keeper, const std::filesystem::path& program,
             std::vector<std::string> arguments, std::chrono::milliseconds deadline, Done done)
    : state_(std::make_shared<State>(loop, std::move(done))) {
  arguments.insert(arguments.begin(), program.string());
  if (auto started = state_->start(loop, keeper, std::move(arguments)); !started) {
    state_->report.reason = started.error().what();
    boost::asio::post(loop, [state = std::weak_ptr(state_)] {
      if (const auto it = state.lock()) it->finish(ProbeReport::End::failed);
    });
    return;
  }
  state_->timer.expires_after(deadline);
  state_->timer.async_wait([state = std::weak_ptr(state_)](boost::system::error_code error) {
    const auto it = error ? nullptr : state.lock();
    if (it) it->finish(ProbeReport::End::late);
  });
}

Probe::~Probe() {
  state_->stop();
}

}  // namespace penstock
