#include "postgres/connection.hpp"

#include <thread>
#include <vector>

namespace penstock::postgres {
namespace {

using Clock = std::chrono::steady_clock;

std::string trimmed(const char* message) {
  std::string text = message != nullptr ? message : "";
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

// By Appendix A of the manual, "PostgreSQL Error Codes".
bool may_pass(std::string_view state) {
  const std::string_view family = state.substr(0, 2);
  return family == "08" || family == "40" || state.starts_with("57P") || state == "57014" ||
         state == "53300" || state == "55P03";
}
bool is_lack(std::string_view state) {
  return state == "53100" || state == "53200" || state == "58030";
}

// Where it happened. Of COPY only the column is of interest: its lines are ours.
std::string_view context_of(const PGresult* result) {
  const std::string_view context = field(result, PG_DIAG_CONTEXT);
  if (!context.starts_with("COPY ")) return context;
  const std::size_t column = context.find("column ");
  return column == context.npos ? std::string_view() : context.substr(column);
}

std::string text_of(const PGresult* result) {
  std::string text(field(result, PG_DIAG_MESSAGE_PRIMARY));
  const auto add = [&](const char* label, std::string_view more) {
    if (!more.empty()) text += "; " + std::string(label) + std::string(more);
  };
  add("", field(result, PG_DIAG_MESSAGE_DETAIL));
  add("hint: ", field(result, PG_DIAG_MESSAGE_HINT));
  add("", context_of(result));
  return text + " (SQLSTATE " + std::string(field(result, PG_DIAG_SQLSTATE)) + ")";
}

}  // namespace

Connection::Connection(const std::string& parameters, std::chrono::milliseconds patience,
                       const Context& context) {
  const auto until = Clock::now() + patience;
  for (bool answers = false;;) {
    handle_.reset(PQconnectdb(parameters.c_str()));
    if (!handle_) throw Lack("there is no memory for a connection");
    name_ = "database '" + std::string(PQdb(handle()) != nullptr ? PQdb(handle()) : "") + "' at " +
            (PQhost(handle()) != nullptr ? PQhost(handle()) : "?");
    if (PQstatus(handle()) == CONNECTION_OK) break;
    const PGPing server = answers ? PQPING_OK : PQping(parameters.c_str());
    if (server == PQPING_OK && !answers) {
      answers = true;  // it may have come up in between: the next no is about the parameters
      continue;
    }
    const bool hopeful = server == PQPING_REJECT || server == PQPING_NO_RESPONSE;
    if (!hopeful || Clock::now() >= until || context.cancelled()) fail_to_connect(server);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  PQsetNoticeReceiver(
      handle(), [](void*, const PGresult*) {}, nullptr);
  execute("SET client_encoding = 'UTF8'; SET bytea_output = hex; SET extra_float_digits = 1");
}

void Connection::fail_to_connect(PGPing server) const {
  const std::string text = name_ + ": cannot connect: " + trimmed(PQerrorMessage(handle()));
  // Where the server answers, it is the parameters that it does not like.
  if (server == PQPING_OK || server == PQPING_NO_ATTEMPT) throw Permanent(text);
  throw Transient(text);
}

Answer Connection::execute(const std::string& sql, std::initializer_list<std::string> values) {
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  Answer answer(values.size() == 0
                    ? PQexec(handle(), sql.c_str())
                    : PQexecParams(handle(), sql.c_str(), static_cast<int>(texts.size()), nullptr,
                                   texts.data(), nullptr, nullptr, 0));
  switch (PQresultStatus(answer.handle())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      return answer;
    default:
      fail(answer.handle());
  }
}

void Connection::begin() {
  execute("BEGIN ISOLATION LEVEL READ COMMITTED; SET CONSTRAINTS ALL IMMEDIATE");
}

void Connection::begin_copy(const std::string& sql) {
  const Answer answer(PQexec(handle(), sql.c_str()));
  if (PQresultStatus(answer.handle()) != PGRES_COPY_IN) fail(answer.handle());
}

void Connection::put_copy(std::string_view rows) {
  if (PQputCopyData(handle(), rows.data(), static_cast<int>(rows.size())) != 1) fail(nullptr);
}

void Connection::end_copy() {
  if (PQputCopyEnd(handle(), nullptr) != 1) fail(nullptr);
  const Answer answer(PQgetResult(handle()));
  while (PGresult* more = PQgetResult(handle())) PQclear(more);
  if (PQresultStatus(answer.handle()) != PGRES_COMMAND_OK) fail(answer.handle());
}

void Connection::fail(const PGresult* result) const {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  if (state.empty() || PQstatus(handle()) != CONNECTION_OK) {
    throw Transient(name_ + ": " + trimmed(PQerrorMessage(handle())));
  }
  const std::string text = name_ + ": " + text_of(result);
  if (may_pass(state)) throw Transient(text);
  if (is_lack(state)) throw Lack(text);
  throw Refused(text);
}

std::string Connection::quoted(std::string_view name) const {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string(2, c) : std::string(1, c);
  return text + '"';
}

std::string Connection::literal(std::string_view text) const {
  const std::unique_ptr<char, decltype(&PQfreemem)> escaped(
      PQescapeLiteral(handle(), text.data(), text.size()), &PQfreemem);
  if (!escaped) throw Permanent(name_ + ": " + trimmed(PQerrorMessage(handle())));
  return escaped.get();
}

}  // namespace penstock::postgres
