#include "run/records.hpp"

#include <penstock/plugin.h>

#include <penstock/cbor.hpp>
#include <penstock/convert.hpp>
#include <penstock/json.hpp>

namespace penstock {
namespace {

constexpr std::string_view kNull = "\xf6";

void put(CborWriter& out, std::string_view key, std::string_view text) {
  out.text(key);
  out.text(text);
}

void put(CborWriter& out, std::string_view key, std::int64_t number) {
  out.text(key);
  out.integer(number);
}

void put_attempt(CborWriter& out, const DeadLetter::Attempt& attempt) {
  out.map(8);
  put(out, "cause", attempt.cause);
  put(out, "signal", attempt.signal);
  put(out, "exit", attempt.exit);
  put(out, "message", attempt.message);
  out.text("stack");
  out.list(attempt.stack.size());
  for (const std::string& frame : attempt.stack) out.text(frame);
  put(out, "stderr", attempt.output);
  put(out, "worker", attempt.worker);
  out.text("seconds");
  out.real(attempt.seconds);
}

template <class Of>
std::string account(const Of& of) {
  std::string bytes;
  CborWriter out(bytes);
  const std::pair<std::string_view, std::uint64_t> numbers[] = {
      {"in", of.in},           {"done", of.done},       {"dead", of.dead},
      {"pending", of.pending}, {"skipped", of.skipped}, {"handled", of.handled},
      {"retried", of.retried}};
  out.map(std::size(numbers));
  for (const auto& [name, number] : numbers) {
    out.text(name);
    out.natural(number);
  }
  return bytes;
}

}  // namespace

std::string any_value(const std::string& type, std::string_view bytes) {
  std::string value;
  std::string why;
  Type any;
  any.kind = TypeKind::any;
  const auto from = parse_type(type);
  if (from && convert(any, *from, as_bytes(bytes), value, why)) return value;
  return std::string(kNull);
}

std::string failed_record(const DeadLetter& letter, std::string_view payload) {
  std::string bytes;
  CborWriter out(bytes);
  out.map(6);
  put(out, "item", letter.item);
  put(out, "stage", letter.stage);
  put(out, "task", letter.task);
  put(out, "cause", letter.attempts.empty() ? std::string() : letter.attempts.back().cause);
  out.text("attempts");
  out.list(letter.attempts.size());
  for (const DeadLetter::Attempt& attempt : letter.attempts) put_attempt(out, attempt);
  out.text("payload");
  out.item(as_bytes(payload));
  return bytes;
}

std::string_view to_string(Event event) {
  switch (event) {
    case Event::item_done:
      return "item_done";
    case Event::item_failed:
      return "item_failed";
    case Event::stage_done:
      return "stage_done";
    case Event::run_done:
      return "run_done";
  }
  return "";
}

std::string completion_record(const Completed& completed) {
  std::string bytes;
  CborWriter out(bytes);
  out.map(8);
  put(out, "kind", to_string(completed.event));
  put(out, "stage", completed.stage);
  put(out, "item", completed.item);
  put(out, "attempt", static_cast<std::int64_t>(completed.attempt));
  put(out, "outcome", completed.outcome);
  put(out, "cause", completed.cause);
  out.text("seconds");
  out.real(completed.seconds);
  out.text("value");
  out.item(as_bytes(completed.value.empty() ? kNull : std::string_view(completed.value)));
  return bytes;
}

std::string completion_line(const Completed& completed) {
  static const Type type = *parse_type(PENSTOCK_COMPLETION_TYPE);
  std::string line;
  write_json(line, Datum(type, as_bytes(completion_record(completed))));
  return line + '\n';
}

std::string account_value(const StageReport& stage) {
  return account(stage);
}

std::string account_value(const Report& report) {
  return account(report);
}

}  // namespace penstock
