#include <sstream>

#include "catch.hpp"
#include "cli/command_line.hpp"

using namespace penstock;

namespace {

std::string shown(const Words& words) {
  return std::get<ShowText>(read_command_line(words)).text;
}

}  // namespace

TEST_CASE("the text for run --help") {
  CHECK(shown({"run", "--help"}) == R"(usage: penstock run [OPTION...] FILE

Runs the pipeline that FILE describes.

  FILE                            the pipeline file
  --set NAME=VALUE                what ${NAME} stands for; any number
  --vars FILE                     a YAML file that maps NAME to VALUE
  --plugin-path DIR               look for plugins here first; any number
  --state DIR                     the state folder; else .penstock/PIPELINE
  --resume                        go on with the unfinished run, if there is one
  --fresh                         discard the unfinished run, begin anew
  --force                         with --resume: even if FILE or input changed
  --processes N                   workers of every pool, whatever FILE says
  --attempts N                    how often an item is tried, whatever FILE says
  --outputs DIR                   sinks write below DIR, not where FILE says
  --limit N                       take only the first N items of each source
  --dry-run                       check everything, say what would run, and end
  --progress auto|bar|plain|none  how far it is, on stderr
  --summary FILE                  write the account here, as JSON
  --under STAGE=COMMAND           run its worker under gdb --args, perf, ...
  -h, --help                      this text

The last line on stderr is the account of the run:
  items: in=1001 done=1000 dead=1 pending=0 retried=2 restarts=3 time=4.21s

example:
  penstock run configs/wordcount.yaml --set INPUT='books/*.txt' --limit 100
)");
}

TEST_CASE("the text for explain --help") {
  CHECK(shown({"explain", "--help"}) == R"(usage: penstock explain [OPTION...] FILE

Shows every value of a pipeline, and where it comes from.

  FILE               the pipeline file
  --set NAME=VALUE   what ${NAME} stands for; any number
  --vars FILE        a YAML file that maps NAME to VALUE
  --plugin-path DIR  look for plugins here first; any number
  --processes N      workers of every pool, whatever FILE says
  --resume           what a run with --resume would do again, and why
  --state DIR        the state folder; else .penstock/PIPELINE
  --json             as one JSON object
  -h, --help         this text

Give it the options that the run is to have. Secrets are shown as ***.

example:
  penstock explain configs/wordcount.yaml --set INPUT='books/*.txt'
)");
}

TEST_CASE("the text for graph --help") {
  CHECK(shown({"graph", "--help"}) == R"(usage: penstock graph [OPTION...] FILE

Draws the stages of a pipeline and who reads from whom.

  FILE                       the pipeline file
  --set NAME=VALUE           what ${NAME} stands for; any number
  --vars FILE                a YAML file that maps NAME to VALUE
  --plugin-path DIR          look for plugins here first; any number
  --format text|mermaid|dot  how to draw it
  --ascii                    with no characters beyond ASCII
  -h, --help                 this text

A picture that does not fit into the terminal, or 80 columns, becomes a list.

example:
  penstock graph configs/wordcount.yaml
  penstock graph configs/wordcount.yaml --format dot | dot -Tsvg -o graph.svg
)");
}

TEST_CASE("the text for map --help") {
  CHECK(shown({"map", "-h"}) == R"(usage: penstock map [OPTION...] TASK

Sends each line of stdin through one task and prints what comes out.

  TASK               the task's name: plugin.task
  --with NAME=VALUE  a parameter of the task; any number
  -j, --processes N  workers; else one a core
  --timeout TIME     give up a line that takes longer
  --unordered        print what is ready, in any order
  --plugin-path DIR  look for plugins here first; any number
  -h, --help         this text

A line that the task cannot take is a failed item with its line number.
Of several outputs the first is printed; what leaves by the others is counted.
Lists are given as --with NAME=A --with NAME=B, or as --with 'NAME=[A, B]'.

example:
  seq 1000 | penstock map math.square --plugin-path . -j 4
)");
}

TEST_CASE("the text for test --help") {
  CHECK(shown({"test", "--help"}) == R"(usage: penstock test [OPTION...] FILE

Makes the tests that a pipeline file has, and says what differs.

  FILE               the pipeline file
  --set NAME=VALUE   what ${NAME} stands for; any number
  --vars FILE        a YAML file that maps NAME to VALUE
  --plugin-path DIR  look for plugins here first; any number
  --only NAME        this test alone; any number
  --json             one JSON object a line
  -h, --help         this text

A test stands under `tests` of the pipeline file:
  tests:
    a word is counted:
      stage: counts
      input: ["to be or not to be"]
      output: [{to: 2, be: 2, or: 1, not: 1}]
    what crashes twice is done the third time:
      stage: counts
      input: [a, b, c]
      faults: [{crash: 2, times: 2}]
      attempts: {2: 3}
Status 0: all is as it says. Status 1: something is not.

example:
  penstock test configs/wordcount.yaml
)");
}

TEST_CASE("the text for chaos --help") {
  CHECK(shown({"chaos", "--help"}) == R"(usage: penstock chaos [OPTION...] FILE

Runs the pipeline while its processes are killed, and compares.

  FILE               the pipeline file
  --set NAME=VALUE   what ${NAME} stands for; any number
  --vars FILE        a YAML file that maps NAME to VALUE
  --plugin-path DIR  look for plugins here first; any number
  --processes N      workers of every pool, whatever FILE says
  --engine           kill the engine too, and go on with the run
  --kills N          how many; else 20
  --seed N           of all that is left to chance; else another one each time
  -h, --help         this text

Sinks write into a folder for temporary files; callbacks and commands run as
they stand.
Status 0: account and outputs are as without chaos. Status 1: they are not.

example:
  penstock chaos configs/wordcount.yaml --engine --seed 7
)");
}

TEST_CASE("every help fits into 80 columns and has an example") {
  for (const Words& words :
       {Words{"--help"}, Words{"run", "--help"}, Words{"check", "--help"},
        Words{"explain", "--help"}, Words{"graph", "--help"}, Words{"plugins", "--help"},
        Words{"inspect", "--help"}, Words{"map", "--help"}, Words{"dead", "list", "--help"},
        Words{"dead", "show", "--help"}, Words{"dead", "replay", "--help"}, Words{"test", "--help"},
        Words{"chaos", "--help"}}) {
    const std::string text = shown(words);
    CHECK(text.find("example:\n  ") != std::string::npos);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
    }
  }
}

TEST_CASE("help is given whatever else is wrong") {
  CHECK(shown({"run", "--processes", "x", "--resume", "a", "b", "--help"}).starts_with("usage:"));
  CHECK(shown({"-h"}) == shown({"--help"}));
}

TEST_CASE("the program's help names every command") {
  const std::string text = shown({"--help"});
  for (const std::string command :
       {"run", "check", "explain", "graph", "plugins", "inspect", "map", "dead", "test", "chaos"}) {
    CHECK(text.find("\n  " + command + ' ') != std::string::npos);
  }
}

TEST_CASE("the version is one line") {
  const std::string text = shown({"--version"});
  CHECK(text.starts_with("penstock "));
  CHECK(text.find('\n') == text.size() - 1);
}
