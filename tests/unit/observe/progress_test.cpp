#include "observe/progress.hpp"

#include <cstdlib>

#include "catch.hpp"
#include "pty_screen.hpp"
#include "sample.hpp"

using namespace penstock;

namespace {

constexpr const char* wide_block =
    "stage                            done     rate  queued  running  workers   dead\n"
    "chunks  ━━━━━╸───────   42%      1024    128/s       -        1        1      0\n"
    "counts                            900    112/s     119        2        4      3\n"
    "save                              800    100/s     100        0        1      0\n"
    "time=8.0s left=15s in=1024 done=800 dead=3 pending=221\n";

constexpr const char* narrow_block =
    "stage             done     rate   dead\n"
    "chunks   42%      1024    128/s      0\n"
    "counts             900    112/s      3\n"
    "save               800    100/s      0\n"
    "time=8.0s left=15s in=1024 done=800\n";

constexpr const char* widest_block =
    "stage                                       done     rate  queued  running  workers   dead\n"
    "chunks  ━━━━━━━━━━──────────────   42%      1024    128/s       -        1        1      0\n"
    "counts                                       900    112/s     119        2        4      3\n"
    "save                                         800    100/s     100        0        1      0\n"
    "time=8.0s left=15s in=1024 done=800 dead=3 pending=221\n";

constexpr const char* last_table =
    "stage       done     rate  retried   dead\n"
    "chunks      1024    128/s        0      0\n"
    "counts       900    112/s        0      3\n"
    "save         800    100/s        0      0\n";

// The environment of one test.
class Environment {
 public:
  Environment(const char* term, const char* no_color) {
    ::setenv("TERM", term, 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    no_color ? ::setenv("NO_COLOR", no_color, 1) : ::unsetenv("NO_COLOR");
  }
  ~Environment() { ::unsetenv("NO_COLOR"); }
};

// What a Progress writes where there is no terminal.
class Log {
 public:
  Log() {
    if (::pipe(ends_) != 0) throw std::runtime_error("pipe");
  }
  ~Log() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  int fd() const { return ends_[1]; }

  std::string text() {
    ::close(ends_[1]);
    ends_[1] = -1;
    std::string text;
    char buffer[4096];
    for (ssize_t size; (size = ::read(ends_[0], buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

Report at(double seconds) {
  Report report = sized_report();
  report.seconds = seconds;
  return report;
}

}  // namespace

TEST_CASE("a block is drawn in place, lines above it") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_line(Level::info, "before");
  progress.on_progress(at(8));
  CHECK(screen.text() == std::string("before\n") + wide_block);
  progress.on_line(Level::warning, "worker 3 died");
  CHECK(screen.text() == std::string("before\nwarning: worker 3 died\n") + wide_block);
  progress.on_progress(at(8));
  CHECK(screen.text() == std::string("before\nwarning: worker 3 died\n") + wide_block);
}

TEST_CASE("a line longer than the screen does not disturb the block") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_progress(at(8));
  progress.on_line(Level::info, std::string(100, 'x'));
  progress.on_line(Level::info, "two\nlines");
  CHECK(screen.text() ==
        std::string(80, 'x') + '\n' + std::string(20, 'x') + "\ntwo\n  lines\n" + wide_block);
}

TEST_CASE("a window that becomes narrower, then wider, leaves nothing behind") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_line(Level::info, "before");
  progress.on_progress(at(8));
  screen.resize(40, 24);
  progress.on_progress(at(8));
  CHECK(screen.text() == std::string("before\n") + narrow_block);
  screen.resize(200, 24);
  progress.on_progress(at(8));
  CHECK(screen.text() == std::string("before\n") + widest_block);
  screen.resize(80, 24);
  progress.on_line(Level::info, "after");
  CHECK(screen.text() == std::string("before\nafter\n") + wide_block);
}

TEST_CASE("a locale without UTF-8 gets letters alone") {
  const Environment environment("xterm", "1");
  ::setenv("LC_ALL", "C", 1);
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_progress(at(8));
  const std::string text = screen.raw();
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; }));
  CHECK(text.find("chunks  #####-.......   42%") != std::string::npos);
}

TEST_CASE("a block with fewer rows than before leaves none of them behind") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  Report more = at(8);
  more.callbacks.push_back({"item_done", "x", 1, 0, 0, 0, 0, ""});
  progress.on_progress(more);
  progress.on_progress(at(8));
  CHECK(screen.text() == wide_block);
}

TEST_CASE("a log line of wide characters breaks at the edge and disturbs nothing") {
  const Environment environment("xterm", "1");
  PtyScreen screen(40, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_progress(at(8));
  std::string wide;
  for (int i = 0; i < 25; ++i) wide += "数";
  progress.on_line(Level::info, wide);
  progress.on_progress(at(8));
  CHECK(screen.text() == wide.substr(0, 60) + '\n' + wide.substr(60) + '\n' + narrow_block);
}

TEST_CASE("the end leaves the table of the stages") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  {
    Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
    progress.on_progress(at(1));
    progress.finish(at(8));
  }
  CHECK(screen.text() == last_table);
}

TEST_CASE("a run that is thrown out of leaves no block") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  {
    Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
    progress.on_line(Level::info, "before");
    progress.on_progress(at(8));
  }
  CHECK(screen.text() == "before\n");
}

TEST_CASE("a run that is over at once draws nothing") {
  const Environment environment("xterm", "1");
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_progress(at(0.1));
  progress.finish(at(0.2));
  CHECK(screen.text().empty());
}

TEST_CASE("colours are used on a terminal, unless NO_COLOR says no") {
  const char* no_color = GENERATE(as<const char*>(), nullptr, "", "1");
  const Environment environment("xterm", no_color);
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_line(Level::error, "it died");
  progress.on_progress(at(8));
  const bool wanted = !no_color || !*no_color;
  CHECK((screen.raw().find("\x1b[31m") != std::string::npos) == wanted);
  CHECK(screen.text() == std::string("error: it died\n") + wide_block);
}

TEST_CASE("a dumb terminal gets plain lines") {
  const Environment environment("dumb", nullptr);
  PtyScreen screen(80, 24);
  Progress progress(ProgressStyle::automatic, Terminal(screen.fd()));
  progress.on_line(Level::error, "it died");
  progress.on_progress(at(1));
  progress.on_progress(at(8));
  CHECK(screen.raw().find('\x1b') == std::string::npos);
  CHECK(screen.text().find("progress: time=8.0s left=") != std::string::npos);
}

TEST_CASE("where there is no terminal a line comes every five seconds") {
  Log log;
  Progress progress(ProgressStyle::automatic, Terminal(log.fd()));
  for (int i = 0; i <= 170; ++i) progress.on_progress(at(i * 0.1 + 0.01));
  progress.finish(at(17.5));
  const std::string text = log.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(text.starts_with("progress: time=5.0s left="));
  CHECK(text.find("\nprogress: time=10s ") != std::string::npos);
  CHECK(text.find("\nprogress: time=15s ") != std::string::npos);
}

TEST_CASE("a short run says nothing of its progress where there is no terminal") {
  Log log;
  Progress progress(ProgressStyle::automatic, Terminal(log.fd()));
  for (int i = 0; i < 49; ++i) progress.on_progress(at(i * 0.1));
  progress.finish(at(4.9));
  CHECK(log.text().empty());
}

TEST_CASE("none: the lines alone; debug lines are never shown") {
  Log log;
  Progress progress(ProgressStyle::none, Terminal(log.fd()));
  progress.on_progress(at(8));
  progress.on_line(Level::debug, "loop turned");
  progress.on_line(Level::warning, "worker 3 died");
  progress.finish(at(9));
  CHECK(log.text() == "warning: worker 3 died\n");
}

TEST_CASE("bar: a block even where there is no terminal, drawn over and not blanked first") {
  const Environment environment("dumb", "1");
  Log log;
  Progress progress(ProgressStyle::block, Terminal(log.fd()));
  progress.on_progress(at(8));
  progress.on_progress(at(8));
  std::string drawn;
  for (const char c : std::string(wide_block)) drawn += c == '\n' ? "\x1b[K\n" : std::string(1, c);
  drawn += "\x1b[J";
  CHECK(log.text() == drawn + "\r\x1b[5A" + drawn);
}
