#include "cli/command_line.hpp"

#include "catch.hpp"

using namespace penstock;
using std::chrono::milliseconds;

namespace {

template <class Command>
Command read(const Words& words) {
  return std::get<Command>(read_command_line(words));
}

// What a wrong command line is told, without the line that names --help.
std::string refusal(const Words& words) {
  try {
    read_command_line(words);
  } catch (const Error& error) {
    CHECK(error.status() == Status::refused);
    const std::string text = error.what();
    CHECK(text.find("--help` ") != std::string::npos);
    return text.substr(0, text.find('\n'));
  }
  return "accepted";
}

}  // namespace

TEST_CASE("run takes everything that it offers") {
  const auto run =
      read<RunCommand>({"run",     "--set",         "A=1",        "p.yaml",      "--set=B=x=y",
                        "--vars",  "v.yaml",        "--state",    "st",          "--plugin-path",
                        "one",     "--plugin-path", "two",        "--processes", "3",
                        "--limit", "1000",          "--progress", "plain",       "--summary",
                        "s.json",  "--outputs",     "trial",      "--attempts",  "9"});
  CHECK(run.file == "p.yaml");
  CHECK(run.pipeline.set == std::map<std::string, std::string>{{"A", "1"}, {"B", "x=y"}});
  CHECK(run.pipeline.vars_file == "v.yaml");
  CHECK(run.pipeline.plugin_path == Words{"one", "two"});
  CHECK(run.pipeline.processes == 3);
  CHECK(run.pipeline.outputs == "trial");
  CHECK(run.pipeline.attempts == 9);
  CHECK(run.state == "st");
  CHECK(run.limit == 1000);
  CHECK(run.progress == ProgressStyle::plain);
  CHECK(run.summary == "s.json");
}

TEST_CASE("a command that a worker is to run under is split into words") {
  const auto run = read<RunCommand>({"run", "p.yaml", "--under", "counts=gdb --args", "--under",
                                     "save=perf record -o 'my data'"});
  CHECK(run.pipeline.under ==
        std::map<std::string, Words>{{"counts", {"gdb", "--args"}},
                                     {"save", {"perf", "record", "-o", "my data"}}});
  CHECK(refusal({"run", "f", "--under", "gdb"}) == "run: --under: `gdb` is no STAGE=COMMAND");
  CHECK(refusal({"run", "f", "--under", "a=b 'c"}) == "run: --under a: `b 'c` ends within a quote");
}

TEST_CASE("explain and graph read a pipeline file as run does") {
  const auto explain = read<ExplainCommand>(
      {"explain", "p.yaml", "--set", "A=1", "--vars", "v", "--processes", "3", "--json"});
  CHECK(explain.pipeline.set == std::map<std::string, std::string>{{"A", "1"}});
  CHECK(explain.pipeline.vars_file == "v");
  CHECK(explain.pipeline.processes == 3);
  CHECK(explain.json);
  const auto graph = read<GraphCommand>({"graph", "p.yaml", "--format", "dot", "--ascii"});
  CHECK(graph.format == GraphFormat::dot);
  CHECK(graph.ascii);
  CHECK(read<GraphCommand>({"graph", "p.yaml"}).format == GraphFormat::text);
  CHECK(refusal({"graph", "f", "--format", "mermeid"}) ==
        "graph: --format: `mermeid` is none of text|mermaid|dot: did you mean `mermaid`?");
}

TEST_CASE("run needs nothing but a file") {
  const auto run = read<RunCommand>({"run", "p.yaml"});
  CHECK(run.file == "p.yaml");
  CHECK(run.pipeline.set.empty());
  CHECK(run.pipeline.processes == 0);
  CHECK(run.pipeline.outputs.empty());
  CHECK(run.pipeline.attempts == 0);
  CHECK(run.limit == 0);
  CHECK_FALSE(run.dry_run);
  CHECK(run.pipeline.under.empty());
  CHECK(run.progress == ProgressStyle::automatic);
}

TEST_CASE("values are taken as they are") {
  const auto run = read<RunCommand>({"run", "p.yaml", "--set", "A=[1,2]", "--set", "B=", "--set",
                                     "C=-x", "--set", "D={a: b}", "--plugin-path", "[x,y]"});
  CHECK(run.pipeline.set == std::map<std::string, std::string>{
                                {"A", "[1,2]"}, {"B", ""}, {"C", "-x"}, {"D", "{a: b}"}});
  CHECK(run.pipeline.plugin_path == Words{"[x,y]"});
}

TEST_CASE("the last of several single values counts") {
  CHECK(read<RunCommand>({"run", "p.yaml", "--limit", "1", "--limit", "2"}).limit == 2);
  const auto run = read<RunCommand>({"run", "p.yaml", "--set", "A=1", "--set", "A=2"});
  CHECK(run.pipeline.set.at("A") == "2");
}

TEST_CASE("a file may be called like a command or an option") {
  CHECK(read<CheckCommand>({"check", "run"}).file == "run");
  CHECK(read<CheckCommand>({"check", "--", "--set"}).file == "--set");
  CHECK(read<CheckCommand>({"check", "-"}).file == "-");
}

TEST_CASE("map takes everything that it offers") {
  const auto map = read<MapCommand>({"map", "text.grep", "--with", "pattern=a=b", "--with",
                                     "x=", "-j4", "--timeout", "1.5s", "--unordered"})
                       .map;
  CHECK(map.task == "text.grep");
  CHECK(map.with == std::vector<Assignment>{{"pattern", "a=b"}, {"x", ""}});
  CHECK(map.processes == 4);
  CHECK(map.timeout == milliseconds(1500));
  CHECK_FALSE(map.ordered);
  CHECK(read<MapCommand>({"map", "text.grep"}).map.ordered);
}

TEST_CASE("a time stands with its unit") {
  const auto timeout = [](const std::string& text) {
    return read<MapCommand>({"map", "t.t", "--timeout", text}).map.timeout;
  };
  CHECK(timeout("250ms") == milliseconds(250));
  CHECK(timeout("3s") == milliseconds(3000));
  CHECK(timeout("2min") == milliseconds(120'000));
  CHECK(timeout("1h") == milliseconds(3'600'000));
  CHECK(timeout("1us") == milliseconds(1));
  CHECK(refusal({"map", "t.t", "--timeout=5"}) ==
        "map: --timeout: `5` has no unit: write 5ms or 5s");
  for (const std::string text : {"s", "-1s", "1 s", "1x", "nan", "1e9h", "inf"}) {
    CHECK(refusal({"map", "t.t", "--timeout=" + text})
              .starts_with("map: --timeout: `" + text + "` "));
  }
}

TEST_CASE("inspect and plugins") {
  const auto inspect = read<InspectCommand>({"inspect", "text.grep", "--json"});
  CHECK(inspect.name == "text.grep");
  CHECK(inspect.json);
  CHECK(read<PluginsCommand>({"plugins", "--plugin-path", "p"}).plugin_path == Words{"p"});
}

TEST_CASE("a wrong command is told which one may have been meant") {
  CHECK(refusal({}) == "no command is given");
  CHECK(refusal({"rnu", "x"}) == "there is no command `rnu`: did you mean `run`?");
  CHECK(refusal({"plugin"}) == "there is no command `plugin`: did you mean `plugins`?");
  CHECK(refusal({"wordcount.yaml"}) == "there is no command `wordcount.yaml`");
  CHECK(refusal({"--verison"}) == "there is no option `--verison`: did you mean `--version`?");
}

TEST_CASE("a wrong option is told which one may have been meant") {
  CHECK(refusal({"run", "f", "--sumary", "x"}) ==
        "run: there is no option `--sumary`: did you mean `--summary`?");
  CHECK(refusal({"run", "f", "--porcesses=3"}) ==
        "run: there is no option `--porcesses`: did you mean `--processes`?");
  CHECK(refusal({"check", "f", "--hlep"}) ==
        "check: there is no option `--hlep`: did you mean `--help`?");
  CHECK(refusal({"run", "f", "-x"}) == "run: there is no option `-x`");
  CHECK(refusal({"test", "f", "--ony", "x"}) ==
        "test: there is no option `--ony`: did you mean `--only`?");
  CHECK(refusal({"chaos", "f", "--kill", "3"}) ==
        "chaos: there is no option `--kill`: did you mean `--kills`?");
  CHECK(refusal({"chaos", "f", "--outputs", "d"}) == "chaos: there is no option `--outputs`");
}

TEST_CASE("what is missing or too much is named") {
  CHECK(refusal({"run"}) == "run: FILE is missing");
  CHECK(refusal({"map", "-j", "2"}) == "map: TASK is missing");
  CHECK(refusal({"inspect"}) == "inspect: PLUGIN[.TASK] is missing");
  CHECK(refusal({"test"}) == "test: FILE is missing");
  CHECK(refusal({"chaos"}) == "chaos: FILE is missing");
  CHECK(refusal({"test", "f", "--only"}) == "test: --only NAME: the value is missing");
  CHECK(refusal({"run", "a", "b"}) == "run: `b` is one argument too many");
  CHECK(refusal({"plugins", "text"}) == "plugins: `text` is one argument too many");
  CHECK(refusal({"run", "a", "--set"}) == "run: --set NAME=VALUE: the value is missing");
  CHECK(refusal({"map", "a", "-j"}) == "map: -j, --processes N: the value is missing");
}

TEST_CASE("a wrong value is shown, with what would be right") {
  CHECK(refusal({"run", "f", "--set", "INPUT"}) == "run: --set: `INPUT` is no NAME=VALUE");
  CHECK(refusal({"run", "f", "--set", "=x"}) == "run: --set: `=x` is no NAME=VALUE");
  const auto processes = [](const std::string& text) {
    return refusal({"run", "f", "--processes=" + text});
  };
  CHECK(processes("0") == "run: --processes: `0` is too small: 1 is the least");
  CHECK(processes("-1") == "run: --processes: `-1` is negative");
  CHECK(processes("1x") == "run: --processes: `1x` is no whole number");
  CHECK(processes("4294967296") ==
        "run: --processes: `4294967296` is too large: 4294967295 is the most");
  CHECK(refusal({"run", "f", "--progress", "plian"}) ==
        "run: --progress: `plian` is none of auto|bar|plain|none: did you mean `plain`?");
  CHECK(refusal({"run", "f", "--summary", ""}) == "run: --summary: its value is empty");
  CHECK(refusal({"run", "f", "--outputs", ""}) == "run: --outputs: its value is empty");
  CHECK(refusal({"run", "f", "--attempts", "0"}) ==
        "run: --attempts: `0` is too small: 1 is the least");
  CHECK(refusal({"chaos", "f", "--seed", "0"}) ==
        "chaos: --seed: `0` is too small: 1 is the least");
  CHECK(refusal({"chaos", "f", "--kills", "many"}) == "chaos: --kills: `many` is no whole number");
}

TEST_CASE("an option without a value is given none") {
  CHECK(refusal({"run", "f", "--fresh=false"}) ==
        "run: --fresh takes no value, and is given `false`");
  CHECK(refusal({"run", "f", "--fresh=false", "--fresh"}) ==
        "run: --fresh takes no value, and is given `false`");
  CHECK(refusal({"explain", "f", "--json=yes"}) ==
        "explain: --json takes no value, and is given `yes`");
  CHECK(read<RunCommand>({"run", "f", "--resume", "--resume"}).resume);
  CHECK(read<RunCommand>({"run", "f", "--resume=true"}).resume);
}

TEST_CASE("short options, and words that look like options, are named as they stand") {
  CHECK(refusal({"map", "t.t", "-j", "0"}) ==
        "map: -j,--processes: `0` is too small: 1 is the least");
  CHECK(refusal({"map", "t.t", "-jx"}) == "map: -j,--processes: `x` is no whole number");
  CHECK(refusal({"map", "t.t", "--with", "pattern"}) == "map: --with: `pattern` is no NAME=VALUE");
  CHECK(refusal({"chaos", "f", "--seed", "18446744073709551616"}) ==
        "chaos: --seed: `18446744073709551616` is too large for a whole number");
  CHECK(refusal({"run", "f", "-"}) == "run: `-` is one argument too many");
  CHECK(refusal({"run", "f", ""}) == "run: `` is one argument too many");
  CHECK(refusal({"run", "f", "--", "--set"}) == "run: `--set` is one argument too many");
  CHECK(refusal({"run", "--", "f", "--set"}) == "run: `--set` is one argument too many");
  CHECK(refusal({"run", "f", "--", "--bogus"}) == "run: `--bogus` is one argument too many");
  CHECK(refusal({"run", "f", "--", "--metrics"}) == "run: `--metrics` is one argument too many");
  CHECK(refusal({"map", "t.t", "--", "-j"}) == "map: `-j` is one argument too many");
  CHECK(refusal({"--version=1"}) == "there is no option `--version=1`: did you mean `--version`?");
}

TEST_CASE("what comes with a later version is told so") {
  for (const std::string command : {"new", "report", "top", "tap", "scale", "pause", "continue",
                                    "drain", "reload", "schema", "node"}) {
    CHECK(refusal({command, "x"}) == "the command `" + command + "` is not in this version");
  }
  for (const std::string option : {"--report", "--trace", "--joblog", "--metrics", "--dashboard",
                                   "--dashboard-addr", "--autotune", "--cluster"}) {
    CHECK(refusal({"run", "f", option}) ==
          "run: the option `" + option + "` is not in this version");
    CHECK(refusal({"run", option + "=x", "f"}) ==
          "run: the option `" + option + "` is not in this version");
  }
}
