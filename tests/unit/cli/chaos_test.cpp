#include "cli/chaos.hpp"

#include "catch.hpp"
#include "cli/command_line.hpp"

using namespace penstock;

TEST_CASE("chaos takes everything that it offers, and hands on what is for the runs") {
  const auto chaos = std::get<ChaosCommand>(read_command_line(
      {"chaos", "p.yaml", "--set", "A=x y", "--vars", "v.yaml", "--plugin-path", "one",
       "--plugin-path", "two", "--processes", "3", "--engine", "--kills", "7", "--seed", "11"}));
  CHECK(chaos.options.file == "p.yaml");
  CHECK(chaos.options.engine);
  CHECK(chaos.options.kills == 7);
  CHECK(chaos.options.seed == 11);
  CHECK(chaos.seeded);
  CHECK(chaos.options.words == Words{"--set", "A=x y", "--vars", "v.yaml", "--plugin-path", "one",
                                     "--plugin-path", "two", "--processes", "3"});
}

TEST_CASE("chaos needs nothing but a file") {
  const auto chaos = std::get<ChaosCommand>(read_command_line({"chaos", "p.yaml"}));
  CHECK(chaos.options.words.empty());
  CHECK(chaos.options.kills == 20);
  CHECK_FALSE(chaos.options.engine);
  CHECK_FALSE(chaos.seeded);
}

TEST_CASE("what chaos came to, where all is as without") {
  ChaosReport report;
  report.kills = 20;
  report.rounds = 4;
  report.seconds = 1.42;
  CHECK(text_of(report, 7) == "chaos: 20 kills in 4 runs, 1.4 s: all as without\n");
  report.kills = report.rounds = report.engine_kills = 1;
  CHECK(text_of(report, 7) == "chaos: 1 kill, 1 of the engine, in 1 run, 1.4 s: all as without\n");
}

TEST_CASE("what chaos came to, where something differs") {
  ChaosReport report;
  report.kills = 3;
  report.rounds = 2;
  report.seconds = 0.5;
  report.differences = {"output save/a.txt: it has besides 1 line, such as `x`",
                        "the status is 4, quietly it is 0; the last lines:\none\n\x1b[31mtwo"};
  report.folder = "/tmp/penstock-chaos-x";
  const std::string text = text_of(report, 7);
  CHECK(text.starts_with(R"(chaos: it differs:
  | output save/a.txt: it has besides 1 line, such as `x`
chaos: it differs:
  | the status is 4, quietly it is 0; the last lines:
  | one
)"));
  CHECK(text.ends_with(R"(
chaos: 3 kills in 2 runs, 0.5 s: not as without; what it left is in /tmp/penstock-chaos-x
  the same words with `--seed 7` choose the same moments again
)"));
  CHECK(text.find('\x1b') == std::string::npos);
}
