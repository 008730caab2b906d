#include "cli/closing.hpp"

namespace penstock {
namespace {

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

std::string dead_letters(const Report& report) {
  if (report.dead_letters.empty()) return {};
  const bool one = report.dead == 1;
  return std::to_string(report.dead) + (one ? " item was" : " items were") + " given up; " +
         (one ? "it and its causes are in " : "they and their causes are in ") +
         report.dead_letters + '\n';
}

}  // namespace

std::string closing_text(const Report& report) {
  const std::string why = reason(report);
  return (why.empty() ? "" : "stopped early: " + why + '\n') + dead_letters(report) +
         summary_line(report) + '\n';
}

}  // namespace penstock
