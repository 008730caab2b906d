#include "observe/picture.hpp"

#include "catch.hpp"
#include "observe/columns.hpp"
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
  report.stages[0].queued = 99;
  report.stages[20].running = report.stages[29].queued = 1;
  return block(report, Rates(), {80, rows, false, false});
}

}  // namespace

TEST_CASE("a block has a line a stage and the account") {
  CHECK(block_text(sample_report(), {80, 24, false, true}) ==
        "stage       done     rate  queued  running  workers   dead\n"
        "chunks      1024    128/s       -        1        1      0\n"
        "counts       900    112/s     119        2        4      3\n"
        "save         800    100/s     100        0        1      0\n"
        "time=8.0s in=1024 done=800 dead=3 pending=221\n");
}

TEST_CASE("a source that knows its size has a bar, and the run a time left") {
  CHECK(block_text(sized_report(), {80, 24, false, true}) ==
        "stage                            done     rate  queued  running  workers   dead\n"
        "chunks  ━━━━━╸───────   42%      1024    128/s       -        1        1      0\n"
        "counts                            900    112/s     119        2        4      3\n"
        "save                              800    100/s     100        0        1      0\n"
        "time=8.0s left=15s in=1024 done=800 dead=3 pending=221\n");
  CHECK(block_text(sized_report(), {80, 24, false, false}).find("chunks  #####-.......   42%") !=
        std::string::npos);
  CHECK(block_text(sized_report(), {200, 24, false, true})
            .find("chunks  ━━━━━━━━━━──────────────   42%") != std::string::npos);
}

TEST_CASE("a source that has ended is at its end, whatever it said before") {
  Report report = sized_report();
  report.stages[0].ended = true;
  CHECK(block_text(report, {80, 24, false, true}).find("━━━━━━━━━━━━━  100%") != std::string::npos);
  report.stages[0].ended = false;
  report.stages[0].done = 9999;
  CHECK(block_text(report, {80, 24, false, true}).find("━━━━━━━━━━━━━  100%") != std::string::npos);
  report.stages[0].total = 0;
  CHECK(block_text(report, {80, 24, false, true}).find("━━━━━━━━━━━━━  100%") != std::string::npos);
}

TEST_CASE("the time left needs the size of every source, and items that get done") {
  Report report = sized_report();
  const Rates rates = Rates::whole_run(report);
  CHECK(seconds_left(report, rates).value() == Approx(1597 / 100.1875).margin(0.05));
  CHECK_FALSE(seconds_left(sample_report(), rates));
  report.stages.push_back(sample_stage("more", 1));
  report.stages.back().source = true;
  CHECK_FALSE(seconds_left(report, rates));
  report.stages.back().total = 100;
  CHECK(seconds_left(report, rates).value() == Approx(1697 / 100.1875).margin(0.05));
  report.done = 2500;
  CHECK_FALSE(seconds_left(report, rates));
  report.done = report.dead = 0;
  CHECK_FALSE(seconds_left(report, Rates()));
}

TEST_CASE("callbacks have a line, once there are any") {
  Report report = sample_report();
  report.callbacks.push_back({"item_done", "notify.note", 800, 0, 0, 14, 0, ""});
  CHECK(block_text(report, {80, 24, false, false})
            .ends_with("pending=221\ncallbacks: called=800 waiting=14\n"));
  report.callbacks.push_back({"item_failed", "mail", 3, 2, 7, 1, 1.25, "no route"});
  CHECK(block_text(report, {80, 24, false, false})
            .ends_with("\ncallbacks: called=803 waiting=15 failed=2 dropped=7 held_up=1.2s\n"));
}

TEST_CASE("with less room the less telling columns go first") {
  CHECK(block_text(sized_report(), {60, 24, false, true}) ==
        "stage             done     rate  queued  workers   dead\n"
        "chunks   42%      1024    128/s       -        1      0\n"
        "counts             900    112/s     119        4      3\n"
        "save               800    100/s     100        1      0\n"
        "time=8.0s left=15s in=1024 done=800 dead=3 pending=221\n");
  CHECK(block_text(sized_report(), {40, 24, false, true}) ==
        "stage             done     rate   dead\n"
        "chunks   42%      1024    128/s      0\n"
        "counts             900    112/s      3\n"
        "save               800    100/s      0\n"
        "time=8.0s left=15s in=1024 done=800\n");
  CHECK(block_text(sample_report(), {20, 24, false, true}) ==
        "stage       done\n"
        "chunks      1024\n"
        "counts       900\n"
        "save         800\n"
        "time=8.0s in=1024\n");
}

TEST_CASE("nothing is wider than the room, down to a single column") {
  Report report = sized_report();
  report.stages[1].name = "a-stage-with-a-very-long-name-that-somebody-has-thought-of";
  report.stages[1].done = UINT64_MAX;
  report.in = UINT64_MAX;
  report.callbacks.push_back({"item_done", "x", 1, 1, 1, 1, 9, ""});
  for (std::size_t columns = 1; columns < 200; ++columns) {
    const Look look{columns, 24, false, true};
    std::vector<Row> rows = block(report, Rates::whole_run(report), look);
    for (const Row& row : final_table(report, look, 24)) rows.push_back(row);
    for (const Row& row : rows) {
      CHECK(row.width == column_count(row.text));
      CHECK(row.width <= std::max<std::size_t>(1, columns - 1));
    }
  }
}

TEST_CASE("a long name is cut where it has to be, one of wide characters between two") {
  Report report = sample_report();
  report.stages[1].name = "a-stage-with-a-very-long-name-that-somebody-has-thought-of";
  std::vector<Row> rows = running_table(report, Rates(), {60, 24, false, true}, 24);
  CHECK(rows[2].text == "a-stage-with-a-~       900        -     119        4      3");
  report.stages[1].name = "数え上げ数え上げ数え上げ数え上げ数え上げ";
  rows = running_table(report, Rates(), {60, 24, false, true}, 24);
  CHECK(rows[2].text == "数え上げ数え上~        900        -     119        4      3");
  CHECK(rows[2].width == rows[0].width);
}

TEST_CASE("too many stages: the busiest are shown, and it is said") {
  const std::vector<Row> rows = many_stages(8);
  REQUIRE(rows.size() == 7);
  CHECK(rows[1].text.starts_with("s1 "));
  CHECK(rows[2].text.starts_with("s3 "));
  CHECK(rows[3].text.starts_with("s20 "));
  CHECK(rows[4].text.starts_with("s29 "));
  CHECK(rows[5].text == "and 26 more stages, less busy");
  CHECK(rows[6].text.starts_with("time="));
}

TEST_CASE("a block is never higher than the screen") {
  for (std::size_t rows = 2; rows < 40; ++rows) CHECK(many_stages(rows).size() < rows);
  CHECK(many_stages(1).size() == 1);
}

TEST_CASE("colours mark what went wrong and dim what does not matter; they take no room") {
  Report report = sized_report();
  report.stages[2].ended = true;
  const std::vector<Row> rows =
      running_table(report, Rates::whole_run(report), {80, 24, true, true}, 24);
  CHECK(rows[0].text.starts_with("\x1b[2mstage "));
  CHECK(rows[1].text.starts_with("chunks  \x1b[32m━━━━━╸\x1b[0m\x1b[2m───────\x1b[0m   42%"));
  CHECK(rows[2].text.ends_with("        2        4\x1b[31m      3\x1b[0m"));
  CHECK(rows[3].text.starts_with("\x1b[2msave  \x1b[0m"));
  for (const Row& row : rows) CHECK(row.width == 79);
}

TEST_CASE("the last table has what each stage came to") {
  Report report = sample_report();
  report.stages[1].retried = 7;
  CHECK(text_of(final_table(report, {80, 24, false, true}, 24)) ==
        "stage       done     rate  retried   dead\n"
        "chunks      1024    128/s        0      0\n"
        "counts       900    112/s        7      3\n"
        "save         800    100/s        0      0\n");
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
