#include "cli/closing.hpp"

#include "catch.hpp"

using namespace penstock;

namespace {

Report ended(Status status, const std::string& reason = {}) {
  Report report;
  report.status = status;
  report.reason = reason;
  report.in = 10;
  report.done = 10;
  report.seconds = 1.5;
  return report;
}

const std::string account =
    "items: in=10 done=10 dead=0 pending=0 retried=0 restarts=0 time=1.50s\n";

}  // namespace

TEST_CASE("a good run ends with its account alone") {
  CHECK(closing_text(ended(Status::done)) == account);
}

TEST_CASE("a run that stopped early says why before the account") {
  CHECK(closing_text(ended(Status::gave_up, "source `chunks` failed 3 times: no such file")) ==
        "stopped early: source `chunks` failed 3 times: no such file\n" + account);
  CHECK(closing_text(ended(Status::interrupted)) ==
        "stopped early: interrupted by SIGINT\n" + account);
  CHECK(closing_text(ended(Status::terminated)) == "stopped early: ended by SIGTERM\n" + account);
  CHECK(closing_text(ended(Status::lack)) ==
        "stopped early: something ran out: disk, memory or descriptors\n" + account);
  CHECK(closing_text(ended(Status::gave_up)) ==
        "stopped early: it could not make progress any more\n" + account);
}

TEST_CASE("dead letters are said to be, and where") {
  Report report = ended(Status::dead);
  report.done = 9;
  report.dead = 1;
  report.dead_letters = ".penstock/wordcount/dead.jsonl";
  CHECK(closing_text(report) ==
        "1 item was given up; it and its causes are in .penstock/wordcount/dead.jsonl\n"
        "items: in=10 done=9 dead=1 pending=0 retried=0 restarts=0 time=1.50s\n");
  report.done = 7;
  report.dead = 3;
  CHECK(closing_text(report) ==
        "3 items were given up; they and their causes are in .penstock/wordcount/dead.jsonl\n"
        "items: in=10 done=7 dead=3 pending=0 retried=0 restarts=0 time=1.50s\n");
}
