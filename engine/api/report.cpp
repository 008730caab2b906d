#include "penstock/report.hpp"

#include <charconv>
#include <cmath>
#include <penstock/json.hpp>
#include <string_view>

#include "penstock/pipeline.hpp"

namespace penstock {
namespace {

// The same in every locale.
std::string seconds_text(double seconds, int digits) {
  char text[64];
  const double shown = std::isfinite(seconds) && seconds > 0 && seconds < 1e15 ? seconds : 0;
  const auto end = std::to_chars(text, text + sizeof text, shown, std::chars_format::fixed, digits);
  return {text, end.ptr};
}

// One object of JSON, member by member, on one line.
class JsonObject {
 public:
  void number(std::string_view name, std::uint64_t value) { raw(name, std::to_string(value)); }

  void text(std::string_view name, std::string_view value) {
    std::string quoted;
    write_json_text(quoted, value);
    raw(name, quoted);
  }

  void raw(std::string_view name, std::string_view json) {
    if (!members_.empty()) members_ += ", ";
    members_ += '"';
    members_ += name;
    members_ += "\": ";
    members_ += json;
  }

  std::string take() { return '{' + std::move(members_) + '}'; }

 private:
  std::string members_;
};

std::string to_json(const StageReport& stage) {
  JsonObject object;
  object.text("name", stage.name);
  object.text("task", stage.task);
  object.number("in", stage.in);
  object.number("done", stage.done);
  object.number("dead", stage.dead);
  object.number("pending", stage.pending);
  object.number("skipped", stage.skipped);
  object.number("handled", stage.handled);
  object.number("retried", stage.retried);
  object.raw("total", stage.total ? std::to_string(*stage.total) : "null");
  return object.take();
}

std::string to_json(const CallbackReport& callback) {
  JsonObject object;
  object.text("event", callback.event);
  object.text("task", callback.task);
  object.number("called", callback.called);
  object.number("failed", callback.failed);
  object.number("dropped", callback.dropped);
  object.number("waiting", callback.waiting);
  object.raw("held_up_seconds", seconds_text(callback.held_up, 6));
  object.text("last_failure", callback.last_failure);
  return object.take();
}

std::string to_json(const std::string& text) {
  std::string quoted;
  write_json_text(quoted, text);
  return quoted;
}

template <class Entry>
std::string to_json(const std::vector<Entry>& entries) {
  std::string json = "[";
  for (const Entry& entry : entries) {
    if (json.size() > 1) json += ", ";
    json += to_json(entry);
  }
  return json + ']';
}

}  // namespace

std::string summary_line(const Report& report) {
  return "items: in=" + std::to_string(report.in) + " done=" + std::to_string(report.done) +
         " dead=" + std::to_string(report.dead) + " pending=" + std::to_string(report.pending) +
         " retried=" + std::to_string(report.retried) +
         " restarts=" + std::to_string(report.restarts) +
         " time=" + seconds_text(report.seconds, 2) + "s";
}

std::string to_json(const Report& report) {
  JsonObject object;
  object.number("version", 1);
  object.text("pipeline", report.pipeline);
  object.number("status", static_cast<std::uint64_t>(report.status));
  object.text("reason", report.reason);
  object.number("in", report.in);
  object.number("done", report.done);
  object.number("dead", report.dead);
  object.number("pending", report.pending);
  object.number("skipped", report.skipped);
  object.number("handled", report.handled);
  object.number("retried", report.retried);
  object.number("restarts", report.restarts);
  object.raw("seconds", seconds_text(report.seconds, 6));
  object.raw("resumable", report.resumable ? "true" : "false");
  object.raw("partial", to_json(report.partial));
  object.number("letters", report.letters);
  object.text("dead_letters", report.dead_letters);
  object.number("payload_bytes", report.payload_bytes);
  object.number("engine_peak_rss", report.engine_peak_rss);
  object.raw("stages", to_json(report.stages));
  object.raw("callbacks", to_json(report.callbacks));
  return object.take();
}

std::string to_json(const TestReport& report) {
  JsonObject object;
  object.text("test", report.name);
  object.raw("ok", report.problems.empty() ? "true" : "false");
  object.raw("seconds", seconds_text(report.seconds, 3));
  std::string problems;
  for (const std::string& problem : report.problems) {
    if (!problems.empty()) problems += ", ";
    write_json_text(problems, problem);
  }
  object.raw("problems", '[' + problems + ']');
  return object.take();
}

}  // namespace penstock
