#include "run/observation.hpp"

#include <future>
#include <string>
#include <vector>

#include "catch.hpp"

namespace penstock {
namespace {

// Is called on the thread of the observation; may be made to stand still there.
struct Listener final : Observer {
  void on_line(Level, const std::string& text) override {
    lines.emplace_back(text);
    if (lines.size() == 1) {
      entered.set_value();
      go_on.get_future().wait();
    }
  }
  void on_progress(const Report& report) override { progress.push_back(report.in); }

  std::promise<void> entered;
  std::promise<void> go_on;
  std::vector<std::string> lines;
  std::vector<std::uint64_t> progress;
};

TEST_CASE("lines come in order, and all of them before the end") {
  Listener listener;
  listener.go_on.set_value();
  {
    Observation observation(&listener);
    for (int i = 0; i < 100; ++i) observation.line(Level::info, std::to_string(i));
  }
  REQUIRE(listener.lines.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(listener.lines[i] == std::to_string(i));
}

TEST_CASE("what an observer is too slow for is left out, and said so") {
  Listener listener;
  {
    Observation observation(&listener);
    observation.line(Level::info, "first");
    listener.entered.get_future().wait();
    for (std::size_t i = 0; i < Observation::kLinesAtMost + 7; ++i)
      observation.line(Level::info, "x");
    for (std::uint64_t i = 1; i <= 5; ++i) {
      Report report;
      report.in = i;
      observation.progress(report);
    }
    listener.go_on.set_value();
  }
  CHECK(listener.lines.size() == 1 + Observation::kLinesAtMost + 1);
  CHECK(listener.lines.back() == "7 lines were left out: they came too fast");
  CHECK(listener.progress == std::vector<std::uint64_t>{5});  // of pictures only the last
}

TEST_CASE("what waits is bounded in bytes, too") {
  Listener listener;
  {
    Observation observation(&listener);
    observation.line(Level::info, "first");
    listener.entered.get_future().wait();
    const std::string large(64 * 1024, 'x');
    const std::size_t fit = Observation::kBytesAtMost / large.size();
    for (std::size_t i = 0; i < fit + 3; ++i) observation.line(Level::info, large);
    listener.go_on.set_value();
  }
  CHECK(listener.lines.size() == 1 + Observation::kBytesAtMost / (64 * 1024) + 1);
  CHECK(listener.lines.back() == "3 lines were left out: they came too fast");
}

TEST_CASE("without an observer nothing happens") {
  Observation observation(nullptr);
  observation.line(Level::info, "text");
  observation.progress(Report());
}

}  // namespace
}  // namespace penstock
