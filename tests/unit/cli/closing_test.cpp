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
  CHECK(closing_text(ended(Status::done), "penstock dead list a.yaml") == account);
}

TEST_CASE("a run that stopped early says why before the account") {
  CHECK(closing_text(ended(Status::gave_up, "source `chunks` failed 3 times: no such file"),
                     "penstock dead list a.yaml") ==
        "stopped early: source `chunks` failed 3 times: no such file\n" + account);
  CHECK(closing_text(ended(Status::interrupted), "penstock dead list a.yaml") ==
        "stopped early: interrupted by SIGINT\n" + account);
  CHECK(closing_text(ended(Status::terminated), "penstock dead list a.yaml") ==
        "stopped early: ended by SIGTERM\n" + account);
  CHECK(closing_text(ended(Status::lack), "penstock dead list a.yaml") ==
        "stopped early: something ran out: disk, memory or descriptors\n" + account);
  CHECK(closing_text(ended(Status::gave_up), "penstock dead list a.yaml") ==
        "stopped early: it could not make progress any more\n" + account);
}

TEST_CASE("what was given up and counts as done is told") {
  Report report = ended(Status::done);
  report.skipped = 1;
  report.handled = 2;
  CHECK(closing_text(report, "penstock dead list a.yaml") ==
        "1 item was given up and skipped, as `on_failure: skip` says\n"
        "2 items were given up and taken by a stage that reads the output `failed`\n" +
            account);
}

TEST_CASE("each callback that was to be called has its line") {
  Report report = ended(Status::done);
  report.callbacks.push_back({"run_done", "notify.note", 1, 0, 0, 0, 0, ""});
  report.callbacks.push_back({"stage_done", "notify.note", 0, 0, 0, 2, 0, "no worker"});
  report.callbacks.push_back({"item_failed", "notify.note", 0, 0, 0, 0, 0, ""});
  report.callbacks.push_back(
      {"item_failed", "mail", 1, 1, 0, 0, 0.01, "failed: exited with status 1"});
  report.callbacks.push_back(
      {"item_done", "exec.run", 90, 3, 10, 0, 1.25, "no route\x1b to host\nand more"});
  CHECK(closing_text(report, "penstock dead list a.yaml") ==
        "callback run_done (notify.note): called once\n"
        "callback stage_done (notify.note): never called; 2 were not called: no worker\n"
        "callback item_failed (mail): called once, failed once: exited with status 1\n"
        "callback item_done (exec.run): called 90 times, failed 3 times, the last time: "
        "no route? to host; 10 were dropped, since too many waited; sources waited 1.2 s for it\n" +
            account);
}

TEST_CASE("dead letters are said to be, and where") {
  Report report = ended(Status::dead);
  report.done = 9;
  report.dead = 1;
  report.letters = 1;
  report.dead_letters = ".penstock/wordcount/run.db";
  CHECK(closing_text(report, "penstock dead list a.yaml") ==
        "1 item was given up; `penstock dead list a.yaml` shows it and its causes\n"
        "items: in=10 done=9 dead=1 pending=0 retried=0 restarts=0 time=1.50s\n");
  report.done = 8;
  report.dead = 2;  // of one of them, two parts
  report.letters = 3;
  CHECK(closing_text(report, "penstock dead list a.yaml") ==
        "3 items were given up; `penstock dead list a.yaml` shows them and their causes\n"
        "items: in=10 done=8 dead=2 pending=0 retried=0 restarts=0 time=1.50s\n");
}

TEST_CASE("files that are not finished are named, with what goes on with them") {
  const std::string why = "stopped early: ended by SIGTERM\n";
  const std::string show = "penstock dead list a.yaml";
  Report report = ended(Status::terminated);
  report.partial = {"out/a\n.tsv.partial"};
  report.resumable = true;
  CHECK(closing_text(report, show, "--resume") ==
        why + "not finished: out/a?.tsv.partial; `--resume` goes on with it\n" + account);
  report.partial.push_back("b.partial");
  CHECK(closing_text(report, show, "penstock dead replay a.yaml") ==
        why +
            "not finished: out/a?.tsv.partial, b.partial; `penstock dead replay a.yaml` goes on "
            "with them\n" +
            account);
  report.resumable = false;
  report.partial = std::vector<std::string>(12, "c");
  CHECK(closing_text(report, show, "--resume") ==
        why +
            "not finished: c, c, c, c, c, c, c, c, c, c and 2 more; this run cannot be gone on "
            "with, the next one begins anew\n" +
            account);
}
