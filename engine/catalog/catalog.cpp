#include "catalog/catalog.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "base/utf8.hpp"
#include "catalog/write_access.hpp"

namespace penstock {
namespace {

std::string in_words(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

// How far a probe came, by the marks at the beginning of its answer.
struct Progress {
  std::string_view when = "before it could be loaded";
  std::optional<ProbeMark> last;
  std::string_view rest;
};

Progress progress_of(std::string_view answer) {
  Progress progress;
  while (!answer.empty()) {
    const auto mark = static_cast<ProbeMark>(answer.front());
    progress.last = mark;
    answer.remove_prefix(1);
    if (mark == ProbeMark::loading) {
      progress.when = "while it is loaded, in a static constructor";
    } else if (mark == ProbeMark::describing) {
      progress.when = "where it describes its tasks";
    } else {
      progress.rest = answer;
      break;
    }
  }
  return progress;
}

std::string how_it_died(const ProbeReport& report, std::string_view when) {
  std::string text =
      report.status.signal != 0
          ? "crashes " + std::string(when) + ": " + to_string(report.status)
          : "ends its process " + std::string(when) + ": it " + to_string(report.status);
  if (!report.last_line.empty()) text += "; its last line was: " + report.last_line;
  return text;
}

Result<PluginDescription> judge(const ProbeReport& report, std::chrono::milliseconds deadline) {
  const Progress progress = progress_of(report.answer);
  const auto refused = [](const std::string& text) { return Error(Status::refused, text); };
  if (progress.last == ProbeMark::description) return decode_description(progress.rest);
  if (progress.last == ProbeMark::refusal) return refused(printable(progress.rest));
  switch (report.end) {
    case ProbeReport::End::died:
      return refused(how_it_died(report, progress.when));
    case ProbeReport::End::failed:
      return Error(Status::gave_up, "no probe: " + report.reason);
    case ProbeReport::End::lost:
      return Error(Status::gave_up, "no probe: the keeper was killed; try again");
    case ProbeReport::End::late:
      return refused("did not answer within " + in_words(deadline) + " " +
                     std::string(progress.when));
    case ProbeReport::End::endless:
      break;
  }
  return refused("describes itself without end " + std::string(progress.when));
}

Result<PluginDescription> conclude(const std::filesystem::path& library, ProbeReport report,
                                   std::chrono::milliseconds deadline) {
  const std::string place = printable(library.string()) + ": ";
  auto plugin = judge(report, deadline);
  if (!plugin) return Error(plugin.error().status(), place + plugin.error().what());
  const std::string expected = "lib" + plugin->name + ".so";
  if (library.filename() != expected) {
    return Error(Status::refused, place + "its plugin is called '" + plugin->name +
                                      "'; rename the file to " + expected + ", or the plugin");
  }
  plugin->path = library.string();
  return plugin;
}

}  // namespace

Catalog::Catalog(boost::asio::io_context& loop, Keeper& keeper, SearchPath path,
                 std::filesystem::path probe, std::chrono::milliseconds deadline)
    : loop_(loop),
      keeper_(keeper),
      path_(std::move(path)),
      probe_(std::move(probe)),
      deadline_(deadline) {}

void Catalog::describe(const std::filesystem::path& library, Described done) {
  if (const auto good = check_write_access(library); !good) {
    Error why(good.error().status(), printable(library.string()) + ": " + good.error().what());
    boost::asio::post(loop_, [alive = std::weak_ptr(alive_), why, done = std::move(done)] {
      if (!alive.expired()) done(why);
    });
    return;
  }
  waiting_.push_back({library, std::move(done)});
  start_waiting();
}

void Catalog::start_waiting() {
  const std::size_t most = std::max(1u, std::thread::hardware_concurrency());
  while (!waiting_.empty() && running_.size() < most) {
    Request request = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t number = next_++;
    std::vector<std::string> arguments{"describe", request.library.string()};
    auto finished = [this, number, request = std::move(request)](ProbeReport report) {
      running_.erase(number);
      start_waiting();
      request.done(conclude(request.library, std::move(report), deadline_));
    };
    running_.emplace(number, std::make_unique<Probe>(loop_, keeper_, probe_, std::move(arguments),
                                                     deadline_, std::move(finished)));
  }
}

Result<PluginDescription> Catalog::describe(const std::filesystem::path& library) {
  return std::move(describe_all({library}).front());
}

std::vector<Result<PluginDescription>> Catalog::describe_all(
    const std::vector<std::filesystem::path>& libraries) {
  std::vector<std::optional<Result<PluginDescription>>> results(libraries.size());
  std::size_t open = libraries.size();
  for (std::size_t i = 0; i < libraries.size(); ++i) {
    describe(libraries[i], [&results, &open, i](Result<PluginDescription> result) {
      results[i] = std::move(result);
      --open;
    });
  }
  while (open > 0) {
    if (loop_.stopped()) loop_.restart();
    loop_.run_one();
  }
  std::vector<Result<PluginDescription>> all;
  for (auto& result : results) all.push_back(std::move(*result));
  return all;
}

}  // namespace penstock
