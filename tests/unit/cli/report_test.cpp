#include "penstock/report.hpp"

#include <limits>

#include "catch.hpp"

using namespace penstock;

namespace {

Report sample() {
  Report report;
  report.pipeline = "wordcount";
  report.status = Status::dead;
  report.in = 1001;
  report.done = 1000;
  report.dead = 1;
  report.retried = 2;
  report.restarts = 3;
  report.skipped = 4;
  report.seconds = 4.2099;
  report.resumable = true;
  report.partial = {"a \"b\".partial", "c.partial"};
  report.letters = 1;
  report.dead_letters = ".penstock/wordcount/run.db";
  report.payload_bytes = 123456;
  report.engine_peak_rss = 9000000;
  StageReport stage;
  stage.name = "counts";
  stage.task = "text.count_words";
  stage.in = 7;
  stage.done = 5;
  stage.dead = 1;
  stage.pending = 1;
  stage.retried = 2;
  stage.handled = 3;
  report.stages = {stage, stage};
  report.stages[1].total = 12;
  report.handled = 5;
  CallbackReport callback;
  callback.event = "item_failed";
  callback.task = "mail";
  callback.called = 9;
  callback.failed = 2;
  callback.dropped = 1;
  callback.waiting = 4;
  callback.held_up = 1.5;
  callback.last_failure = "no \"route\"";
  report.callbacks = {callback};
  return report;
}

}  // namespace

TEST_CASE("the account in one line") {
  CHECK(summary_line(sample()) ==
        "items: in=1001 done=1000 dead=1 pending=0 retried=2 restarts=3 time=4.21s");
  CHECK(summary_line(Report()) ==
        "items: in=0 done=0 dead=0 pending=0 retried=0 restarts=0 time=0.00s");
}

TEST_CASE("the account as JSON") {
  const std::string stage =
      R"({"name": "counts", "task": "text.count_words", "in": 7, "done": 5, "dead": 1, )"
      R"("pending": 1, "skipped": 0, "handled": 3, "retried": 2, "total": )";
  CHECK(to_json(sample()) ==
        R"({"version": 1, "pipeline": "wordcount", "status": 1, "reason": "", "in": 1001, )"
        R"("done": 1000, "dead": 1, "pending": 0, "skipped": 4, "handled": 5, "retried": 2, )"
        R"("restarts": 3, )"
        R"("seconds": 4.209900, "resumable": true, )"
        R"("partial": ["a \"b\".partial", "c.partial"], )"
        R"("letters": 1, "dead_letters": ".penstock/wordcount/run.db", )"
        R"("payload_bytes": 123456, "engine_peak_rss": 9000000, "stages": [)" +
            stage + "null}, " + stage +
            R"(12}], "callbacks": [{"event": "item_failed", "task": "mail", "called": 9, )"
            R"("failed": 2, "dropped": 1, "waiting": 4, "held_up_seconds": 1.500000, )"
            R"("last_failure": "no \"route\""}]})");
}

TEST_CASE("the JSON is well-formed whatever a reason says") {
  Report report;
  report.reason = "a \"quote\"\nand \x01 and \xff";
  const std::string json = to_json(report);
  CHECK(json.find(R"("reason": "a \"quote\"\nand \u0001 and )"
                  "\xef\xbf\xbd\"") != std::string::npos);
  report.seconds = std::numeric_limits<double>::quiet_NaN();
  CHECK(to_json(report).find("\"seconds\": 0.000000,") != std::string::npos);
}
