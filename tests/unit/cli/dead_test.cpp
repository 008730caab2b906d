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
  CHECK(refusal({"dead", "replay", "f"}) == "`penstock dead replay` is not in this version");
  CHECK(refusal({"dead", "list"}).starts_with("dead list: "));
  CHECK(refusal({"dead", "show", "f"}).starts_with("dead show: "));
}
