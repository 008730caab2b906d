#include "cli/closing.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "cli/amounts.hpp"

namespace penstock {
namespace {

constexpr std::size_t kMostNamed = 10;  // of unfinished files; the rest is counted

// Why a run stopped early whose report does not say more.
std::string reason(const Report& report) {
  if (!report.reason.empty()) return report.reason;
  switch (report.status) {
    case Status::done:
    case Status::dead:
    case Status::refused:
      return {};
    case Status::lack:
      return "something ran out: disk, memory or descriptors";
    case Status::gave_up:
      return "it could not make progress any more";
    case Status::interrupted:
      return "interrupted by SIGINT";
    case Status::terminated:
      return "ended by SIGTERM";
  }
  return {};
}

std::string items_were(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " item was" : " items were") + " given up";
}

// Items that were given up and count as done all the same.
std::string forgiven(const Report& report) {
  std::string text;
  if (report.skipped > 0) {
    text += items_were(report.skipped) + " and skipped, as `on_failure: skip` says\n";
  }
  if (report.handled > 0) {
    text += items_were(report.handled) + " and taken by a stage that reads the output `failed`\n";
  }
  return text;
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

// Without the word that has been said.
std::string first_line(std::string text) {
  if (text.starts_with("failed: ")) text.erase(0, text.find(' ') + 1);
  return printable(text.substr(0, text.find('\n')));
}

// One that was never to be called has nothing to tell.
std::string callback_text(const CallbackReport& callback) {
  if (callback.called + callback.dropped + callback.waiting == 0) return {};
  std::string text = "callback " + callback.event + " (" + callback.task + "): " +
                     (callback.called == 0 ? "never called" : "called " + times(callback.called));
  if (callback.failed > 0) {
    text += ", failed " + times(callback.failed);
    if (!callback.last_failure.empty()) {
      text += callback.failed == 1 ? ": " : ", the last time: ";
      text += first_line(callback.last_failure);
    }
  }
  if (callback.dropped > 0) {
    text += "; " + std::to_string(callback.dropped) + " were dropped, since too many waited";
  }
  if (callback.waiting > 0) {
    text += "; " + std::to_string(callback.waiting) + " were not called";
    if (callback.failed == 0 && !callback.last_failure.empty()) {
      text += ": " + first_line(callback.last_failure);
    }
  }
  if (callback.held_up >= 0.05)
    text += "; sources waited " + seconds_text(callback.held_up, 1) + " s for it";
  return text + '\n';
}

std::string dead_letters(const Report& report, const std::string& show) {
  if (report.dead_letters.empty()) return {};
  const bool one = report.letters == 1;
  return items_were(report.letters) + "; `" + show + "` shows " +
         (one ? "it and its causes\n" : "them and their causes\n");
}

std::string partial_files(const Report& report, const std::string& go_on) {
  if (report.partial.empty()) return {};
  std::string text = "not finished: ";
  const std::size_t named = std::min(report.partial.size(), kMostNamed);
  for (std::size_t i = 0; i < named; ++i) {
    text += (i > 0 ? ", " : "") + printable(report.partial[i]);
  }
  if (named < report.partial.size()) {
    text += " and " + std::to_string(report.partial.size() - named) + " more";
  }
  const bool one = report.partial.size() == 1;
  if (report.resumable) return text + "; `" + go_on + "` goes on with " + (one ? "it\n" : "them\n");
  return text + "; this run cannot be gone on with, the next one begins anew\n";
}

}  // namespace

std::string closing_text(const Report& report, const std::string& show, const std::string& go_on) {
  const std::string why = reason(report);
  std::string text = why.empty() ? "" : "stopped early: " + why + '\n';
  for (const CallbackReport& callback : report.callbacks) text += callback_text(callback);
  return text + forgiven(report) + dead_letters(report, show) + partial_files(report, go_on) +
         summary_line(report) + '\n';
}

}  // namespace penstock
