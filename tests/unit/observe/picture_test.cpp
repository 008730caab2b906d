#include "observe/picture.hpp"

#include "catch.hpp"
#include "sample.hpp"

using namespace penstock;

namespace {

std::string text_of(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += row.text + '\n';
  return text;
}

std::string block_text(const Report& report, Look look) {
  return text_of(block(report, Rates::whole_run(report), look));
}

std::vector<Row> many_stages(std::size_t rows) {
  Report report = sample_report();
  report.stages.clear();
  for (int i = 0; i < 30; ++i)
    report.stages.push_back(sample_stage(std::string("s") + std::to_string(i), 1));
  report.stages[0].ended = report.stages[2].ended = true;
  return block(report, Rates(), {80, rows, false});
}

}  // namespace

TEST_CASE("a block has a line a stage and the account") {
  CHECK(block_text(sample_report(), {80, 24, false}) ==
        "stage       done      rate  queued  running    dead\n"
        "chunks      1024     128/s       0        1       0\n"
        "counts       900     112/s     119        2       3\n"
        "save         800     100/s     100        0       0\n"
        "time=8.0s in=1024 done=800 dead=3 pending=221\n");
}

TEST_CASE("with less room the less telling columns go first") {
  CHECK(block_text(sample_report(), {50, 24, false}) ==
        "stage       done      rate  queued    dead\n"
        "chunks      1024     128/s       0       0\n"
        "counts       900     112/s     119       3\n"
        "save         800     100/s     100       0\n"
        "time=8.0s in=1024 done=800 dead=3 pending=221\n");
  CHECK(block_text(sample_report(), {40, 24, false}) ==
        "stage       done      rate    dead\n"
        "chunks      1024     128/s       0\n"
        "counts       900     112/s       3\n"
        "save         800     100/s       0\n"
        "time=8.0s in=1024 done=800 dead=3\n");
  CHECK(block_text(sample_report(), {20, 24, false}) ==
        "stage       done\n"
        "chunks      1024\n"
        "counts       900\n"
        "save         800\n"
        "time=8.0s in=1024\n");
}

TEST_CASE("nothing is wider than the room, down to a single column") {
  Report report = sample_report();
  report.stages[1].name = "a-stage-with-a-very-long-name-that-somebody-has-thought-of";
  report.stages[1].done = UINT64_MAX;
  report.in = UINT64_MAX;
  for (std::size_t columns = 1; columns < 200; ++columns) {
    for (const Row& row : block(report, Rates::whole_run(report), {columns, 24, false})) {
      CHECK(row.width == row.text.size());
      CHECK(row.width <= std::max<std::size_t>(1, columns - 1));
    }
  }
}

TEST_CASE("a long name is cut where it has to be") {
  Report report = sample_report();
  report.stages[1].name = "a-stage-with-a-very-long-name-that-somebody-has-thought-of";
  const std::vector<Row> rows = stage_table(report, Rates(), {60, 24, false});
  CHECK(rows[2].text == "a-stage-with-~       900         -     119        2       3");
}

TEST_CASE("too many stages: those that have ended are left out first, and it is said") {
  const std::vector<Row> rows = many_stages(8);
  REQUIRE(rows.size() == 7);
  CHECK(rows[1].text.starts_with("s1 "));
  CHECK(rows[2].text.starts_with("s3 "));
  CHECK(rows[4].text.starts_with("s5 "));
  CHECK(rows[5].text == "and 26 more stages");
  CHECK(rows[6].text.starts_with("time="));
}

TEST_CASE("a block is never higher than the screen") {
  for (std::size_t rows = 2; rows < 40; ++rows) CHECK(many_stages(rows).size() < rows);
  CHECK(many_stages(1).size() == 1);
}

TEST_CASE("colours mark what went wrong and take no room") {
  const Report report = sample_report();
  const std::vector<Row> rows = stage_table(report, Rates::whole_run(report), {80, 24, true});
  CHECK(rows[0].text.starts_with("\x1b[2mstage "));
  CHECK(rows[1].text.find('\x1b') == std::string::npos);
  CHECK(rows[2].text == "counts       900     112/s     119        2\x1b[31m       3\x1b[0m");
  CHECK(rows[2].width == 51);
}

TEST_CASE("a plain line says how far it is and where most waits") {
  const Report report = sample_report();
  CHECK(progress_line(report, Rates::whole_run(report)) ==
        "progress: time=8.0s in=1024 done=800 dead=3 pending=221 rate=100/s"
        " queued: counts=119 save=100\n");
}

TEST_CASE("a plain line names no queue where nothing waits, and five at most") {
  Report report = sample_report();
  for (StageReport& stage : report.stages) stage.queued = 0;
  CHECK(progress_line(report, Rates()) ==
        "progress: time=8.0s in=1024 done=800 dead=3 pending=221 rate=-\n");
  report.stages.resize(9, sample_stage("more", 0));
  for (StageReport& stage : report.stages) stage.queued = 1;
  report.stages[8].queued = 7;
  CHECK(progress_line(report, Rates())
            .ends_with(" queued: more=7 chunks=1 counts=1 save=1 more=1\n"));
}

TEST_CASE("a line says what it is worth") {
  CHECK(log_line(Level::info, "worker 3 of pool `default` starts", false) ==
        "worker 3 of pool `default` starts\n");
  CHECK(log_line(Level::warning, "worker 3 died", false) == "warning: worker 3 died\n");
  CHECK(log_line(Level::error, "no memory", false) == "error: no memory\n");
  CHECK(log_line(Level::error, "no memory", true) == "\x1b[31merror:\x1b[0m no memory\n");
}

TEST_CASE("what a worker wrote cannot steer the terminal") {
  CHECK(log_line(Level::info, "red \x1b[31m bell \a home \r tab \t done", false) ==
        "red ?[31m bell ? home ? tab   done\n");
  CHECK(log_line(Level::info, "next line \xc2\x85, caf\xc3\xa9", false) ==
        "next line ?, caf\xc3\xa9\n");
}

TEST_CASE("further lines of one text are set in") {
  CHECK(log_line(Level::warning, "it died\n  at f\n", false) == "warning: it died\n    at f\n");
}
