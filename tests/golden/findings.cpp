// Each NAME.yaml of a folder is loaded and planned against the plugins described below; its
// findings have to read as NAME.txt does. Comments that begin with `#!` give a file what it needs
// from outside: `#! set A=b`, `#! vars FILE`, `#! env A=b`, `#! under STAGE=COMMAND`.
#include <penstock/plugin.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "plan/planner.hpp"
#include "spec/load.hpp"

namespace {

using namespace penstock;
namespace fs = std::filesystem;

PortDescription port(std::string type, std::string name = "") {
  return {std::move(name), std::move(type), "", 0};
}

PortDescription keyless(std::string type) {
  return {"", std::move(type), "", PENSTOCK_PORT_KEYLESS};
}

ParamDescription param(std::string name, std::uint32_t kind, std::uint32_t flags,
                       std::string about) {
  ParamDescription result;
  result.name = std::move(name);
  result.kind = kind;
  result.flags = flags;
  result.about = std::move(about);
  return result;
}

TaskDescription task(std::string name, TaskKind kind, std::vector<PortDescription> inputs,
                     std::vector<PortDescription> outputs,
                     std::vector<ParamDescription> params = {}) {
  TaskDescription result;
  result.name = std::move(name);
  result.kind = kind;
  result.inputs = std::move(inputs);
  result.outputs = std::move(outputs);
  result.params = std::move(params);
  return result;
}

PluginDescription plugin(std::string name, std::vector<TaskDescription> tasks) {
  PluginDescription result;
  result.path = "/usr/lib/penstock/lib" + name + ".so";
  result.name = std::move(name);
  result.version = "1.0.0";
  result.tasks = std::move(tasks);
  return result;
}

const std::string count_type = "record{word:text,count:int}";

PluginDescription files() {
  const auto paths = param("paths", PENSTOCK_PARAM_TEXT,
                           PENSTOCK_PARAM_REQUIRED | PENSTOCK_PARAM_LIST, "files, by glob");
  auto size = param("size", PENSTOCK_PARAM_SIZE, PENSTOCK_PARAM_HAS_MIN | PENSTOCK_PARAM_HAS_MAX,
                    "about how large a piece is");
  size.minimum = 1024;
  size.maximum = 64 << 20;
  auto format = param("format", PENSTOCK_PARAM_ENUM, 0, "how values are written");
  format.choices = {"auto", "lines", "tsv", "jsonl"};
  const auto path = param("path", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_REQUIRED, "the file");
  return plugin("files", {task("lines", TaskKind::source, {}, {port("text")}, {paths}),
                          task("chunks", TaskKind::source, {}, {port("text")}, {paths, size}),
                          task("write", TaskKind::sink, {port("any")}, {}, {path, format})});
}

PluginDescription text() {
  auto sum = task("sum_counts", TaskKind::stateful, {port(count_type)}, {port(count_type)});
  sum.flags = PENSTOCK_HAS_SNAPSHOT;
  return plugin(
      "text",
      {task("upper", TaskKind::transform, {port("text")}, {port("text")}),
       task("grep", TaskKind::transform, {port("text")}, {port("text")},
            {param("pattern", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_REQUIRED, "what to look for")}),
       task("count_words", TaskKind::transform, {port("text")}, {keyless(count_type)},
            {param("lowercase", PENSTOCK_PARAM_BOOL, 0, "")}),
       sum});
}

// Tasks with all that the others do not have.
PluginDescription demo() {
  auto level = param("level", PENSTOCK_PARAM_INT, PENSTOCK_PARAM_HAS_MIN, "how hard to try");
  level.minimum = 1;
  auto ratio = param("ratio", PENSTOCK_PARAM_FLOAT, PENSTOCK_PARAM_HAS_MAX, "");
  ratio.maximum = 0.5;
  auto sums = task("sums", TaskKind::stateful, {port("any")}, {port("text")});
  sums.flags = PENSTOCK_HAS_SNAPSHOT;
  auto pair = task("pair", TaskKind::stateful, {port("text", "left"), port("int", "right")},
                   {port("text")});
  pair.flags = PENSTOCK_HAS_SNAPSHOT;
  auto together = task("together", TaskKind::transform, {port("text")}, {port("text")});
  together.flags = PENSTOCK_TAKES_BATCH;
  const auto shared = [](std::string name, std::uint32_t flags, std::vector<std::string> object) {
    ParamDescription made = param(std::move(name), PENSTOCK_PARAM_SHARED, flags, "");
    made.choices = std::move(object);
    return made;
  };
  const auto turns = shared("turns", PENSTOCK_PARAM_REQUIRED, {"mutex", "", "0"});
  const auto share = task(
      "share", TaskKind::transform, {port("text")}, {port("text")},
      {turns, shared("total", 0, {"value", "i32", "4"}), shared("texts", 0, {"queue", "text", "0"}),
       shared("more", PENSTOCK_PARAM_LIST, {"mutex", "", "0"})});
  const auto share_struct =
      task("share_struct", TaskKind::transform, {port("text")}, {port("text")},
           {shared("best", PENSTOCK_PARAM_REQUIRED, {"value", "struct_24", "24"}),
            shared("vast", 0, {"array", "struct_4096", "4096"})});
  return plugin(
      "demo",
      {sums, pair, together, share, share_struct,
       task("taken", TaskKind::transform, {port("text")},
            {port("text"), port("text", "failed"), port("text", "main")}),
       task("notify", TaskKind::transform, {port("record{stage:text}")}, {port("text")},
            {param("to", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_REQUIRED, "who is told")}),
       task("keep", TaskKind::stateful, {port("text")}, {port("text")}),
       task("join", TaskKind::transform, {port("text", "left"), port("text", "right")},
            {port("text")}),
       task("split", TaskKind::transform, {port("text")}, {port("text"), port("text", "rejects")}),
       task("only_rejects", TaskKind::transform, {port("text")}, {port("text", "rejects")}),
       task("tune", TaskKind::transform, {port("text")}, {port("text")},
            {level, ratio, param("every", PENSTOCK_PARAM_DURATION, 0, "how often"),
             param("deep", PENSTOCK_PARAM_BOOL, 0, ""),
             param("words", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_LIST, ""),
             param("token", PENSTOCK_PARAM_INT, PENSTOCK_PARAM_SECRET, "")})});
}

PluginDescription exec() {
  return plugin("exec", {task("run", TaskKind::transform, {port("any")}, {port("text")})});
}

Offer offer() {
  Offer result;
  result.plugins = {{"files", files()}, {"text", text()}, {"demo", demo()}, {"exec", exec()}};
  PluginDescription other = plugin("named_otherwise", {task("a", TaskKind::transform, {}, {}),
                                                       task("a", TaskKind::transform, {}, {})});
  other.path = "/usr/lib/penstock/libmisnamed.so";
  result.plugins.emplace("misnamed", other);
  result.problems = {{"cut", "/usr/lib/penstock/libcut.so is no whole ELF file"}};
  result.searched = {"/home/me/plugins", "/usr/lib/penstock"};
  result.known = {"cut", "demo", "exec", "files", "misnamed", "text"};
  return result;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::pair<std::string, std::string> assignment(const std::string& text) {
  const std::size_t equal = text.find('=');
  return {text.substr(0, equal), equal == std::string::npos ? "" : text.substr(equal + 1)};
}

std::string findings_of(const fs::path& yaml) {
  std::map<std::string, std::string> environment;
  PlanOptions machine;
  machine.cores = 4;
  machine.memory = 1u << 30;
  machine.cpus = {0, 1, 2, 3, 6};
  machine.is_there = [](const std::string& file) { return file == "/data"; };
  LoadOptions options;
  options.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  std::istringstream lines(read_file(yaml));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("#! set ", 0) == 0) options.overrides.push_back(assignment(line.substr(7)));
    if (line.rfind("#! env ", 0) == 0) environment.insert(assignment(line.substr(7)));
    if (line.rfind("#! vars ", 0) == 0) options.vars_file = line.substr(8);
    if (line.rfind("#! under ", 0) == 0) {
      const auto [stage, command] = assignment(line.substr(9));
      machine.under[stage] =
          command.empty() ? std::vector<std::string>() : std::vector<std::string>{command};
    }
  }
  Loaded loaded = load_spec(yaml, options);
  if (loaded.complete) {
    Planned planned = make_plan(loaded.spec, offer(), machine);
    loaded.findings = merged(std::move(loaded.findings), std::move(planned.findings));
  }
  return to_text(loaded.findings);
}

bool check(const fs::path& yaml, bool write) {
  const fs::path golden = fs::path(yaml).replace_extension(".txt");
  const std::string found = findings_of(yaml);
  if (write) {
    std::ofstream(golden, std::ios::binary) << found;
    return true;
  }
  if (!fs::exists(golden)) {
    std::cout << golden.string() << " is missing; the findings are\n" << found << '\n';
    return false;
  }
  const std::string expected = read_file(golden);
  if (found == expected) return true;
  std::cout << yaml.string() << ": expected\n" << expected << "but found\n" << found << '\n';
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const bool write = argc == 3 && std::string(argv[2]) == "--write";
  if (argc != 2 && !write) {
    std::cerr << "usage: golden_findings FOLDER [--write]\n";
    return 2;
  }
  fs::current_path(argv[1]);
  std::size_t checked = 0;
  std::size_t wrong = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(".")) {
    const fs::path path = entry.path().filename();
    if (path.extension() == ".txt" && !fs::exists(fs::path(path).replace_extension(".yaml"))) {
      std::cout << path.string() << " has no pipeline file\n";
      ++wrong;
    }
    if (path.extension() != ".yaml") continue;
    ++checked;
    if (!check(path, write)) ++wrong;
  }
  std::cout << checked << " files, " << wrong << " wrong\n";
  return wrong == 0 && checked > 0 ? 0 : 1;
}
