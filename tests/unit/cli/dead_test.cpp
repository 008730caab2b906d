#include "cli/dead.hpp"
#include "catch.hpp"
#include "cli/command_line.hpp"

using namespace penstock;

namespace {

DeadItem sample() {
  DeadItem item;
  item.item = "rows:17/parse:0";
  item.stage = "parse";
  item.task = "orders.parse";
  item.plugin = "orders 1.2.0";
  item.build = "ab12";
  item.payload = R"({"id":17})";
  item.attempts.push_back({"killed by SIGSEGV (segmentation fault)",
                           "",
                           {"parse() at orders.cpp:12", "main"},
                           "about to parse\nrow \x1b[31m17",
                           "worker-2",
                           0.25});
  item.attempts.push_back({"failed: no\nnumber", "no\nnumber", {}, "", "worker-3", 1.5});
  return item;
}

std::string refusal(const Words& words) {
  try {
    read_command_line(words);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

DeadCommand read(const Words& words) {
  return std::get<DeadCommand>(read_command_line(words));
}

}  // namespace

TEST_CASE("a dead letter is a line with its last cause") {
  CHECK(line_of(sample()) == "rows:17/parse:0  parse  2  failed: no\n");
}

TEST_CASE("a dead letter is shown with all that is known of it") {
  CHECK(text_of(sample()) == R"(item     rows:17/parse:0
stage    parse (orders.parse)
plugin   orders 1.2.0, build ab12
attempt 1 in worker-2, after 0.25 s: killed by SIGSEGV (segmentation fault)
  at parse() at orders.cpp:12
  at main
  its last lines on stderr:
  > about to parse
  > row ?[31m17
attempt 2 in worker-3, after 1.50 s: failed: no
  | no
  | number
payload  {"id":17}
)");
}

TEST_CASE("what is wrong with the words of `dead` is said") {
  CHECK(refusal({"dead"}).starts_with("`penstock dead` what?\nusage: penstock dead list FILE"));
  CHECK(refusal({"dead", "lsit"}) ==
        "`penstock dead lsit` is no command: did you mean `list`?\n"
        "  `penstock dead --help` says what there is");
  CHECK(refusal({"dead", "replya"})
            .starts_with("`penstock dead replya` is no command: did you mean `replay`?"));
  CHECK(refusal({"dead", "list"}).starts_with("dead list: "));
  CHECK(refusal({"dead", "show", "f"}).starts_with("dead show: "));
  CHECK(refusal({"dead", "replay"}).starts_with("dead replay: FILE is missing"));
  CHECK(refusal({"dead", "replay", "f", "a", "--resume"})
            .starts_with("dead replay: there is no option `--resume`"));
  CHECK(refusal({"dead", "list", "f", "a:1"})
            .starts_with("dead list: `a:1` is one argument too many"));
}

TEST_CASE("a replay takes any number of items, and what a run takes") {
  const DeadCommand all = read({"dead", "replay", "f"});
  CHECK(all.what == "replay");
  CHECK(all.file == "f");
  CHECK(all.items.empty());
  CHECK_FALSE(all.gdb);

  const DeadCommand some =
      read({"dead", "replay", "--state", "st", "f", "a:1", "--set", "N=1", "b:2/c:0", "--outputs",
            "trial", "--plugin-path", "lib", "c:3", "--processes=2", "--vars", "v.yaml"});
  CHECK(some.file == "f");
  CHECK(some.items == Words{"a:1", "b:2/c:0", "c:3"});
  CHECK(some.state == "st");
  CHECK(some.pipeline.set == std::map<std::string, std::string>{{"N", "1"}});
  CHECK(some.pipeline.outputs == "trial");
  CHECK(some.pipeline.plugin_path == Words{"lib"});
  CHECK(some.pipeline.processes == 2);
  CHECK(some.pipeline.vars_file == "v.yaml");
}

TEST_CASE("a debugger is for one item") {
  CHECK(read({"dead", "replay", "f", "a:1", "--gdb"}).gdb);
  for (const Words& words : {Words{"dead", "replay", "f", "--gdb"},
                             Words{"dead", "replay", "f", "a:1", "b:2", "--gdb"}}) {
    CHECK(refusal(words) == "dead replay: --gdb is for one ITEM: say which");
  }
}

TEST_CASE("the text for dead replay --help") {
  CHECK(std::get<ShowText>(read_command_line({"dead", "replay", "--help"})).text ==
        R"(usage: penstock dead replay [OPTION...] FILE [ITEM...]

Runs items that were given up once more.

  FILE               the pipeline file
  --set NAME=VALUE   what ${NAME} stands for; any number
  --vars FILE        a YAML file that maps NAME to VALUE
  --plugin-path DIR  look for plugins here first; any number
  ITEM               their ids, as `dead list` shows them; else all
  --state DIR        the state folder; else .penstock/PIPELINE
  --processes N      workers of every pool, whatever FILE says
  --outputs DIR      sinks write below DIR, not where FILE says
  --gdb              one item, its stage under `gdb --args`
  -h, --help         this text

Files that sinks have finished get what comes at their end, tables get rows.
Items that are done then are no dead letters any more. With --outputs it is a
trial: sinks write below DIR alone, and what was given up stays on the list.

example:
  penstock dead replay orders.yaml
  penstock dead replay orders.yaml rows:17/parse:0 --gdb
)");
}
