#include "cli/dead.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/suggest.hpp"
#include "base/utf8.hpp"
#include "cli/amounts.hpp"
#include "cli/closing.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"
#include "observe/progress.hpp"

namespace penstock {
namespace {

constexpr const char* help = R"(usage: penstock dead list FILE [OPTION...]
       penstock dead show FILE ITEM [OPTION...]
       penstock dead replay FILE [ITEM...] [OPTION...]

Items that the last run of a pipeline gave up, with the cause of each attempt.

  list    one line an item: its id, its stage, how often it was tried, the last cause
  show    all that is known of one item: causes, stacks, what its worker wrote, its content
  replay  runs them again, from the stage that gave them up on

`penstock dead list --help` and the like list the options.
)";

constexpr const char* list_example = R"(example:
  penstock dead list orders.yaml --json > dead.jsonl
)";

constexpr const char* show_example = R"(example:
  penstock dead show orders.yaml rows:17/parse:0
)";

constexpr const char* replay_example =
    R"(Files that sinks have finished get what comes at their end, tables get rows.
Items that are done then are no dead letters any more. With --outputs it is a
trial: sinks write below DIR alone, and what was given up stays on the list.

example:
  penstock dead replay orders.yaml
  penstock dead replay orders.yaml rows:17/parse:0 --gdb
)";

const Words parts{"list", "show", "replay"};

std::string first_line(const std::string& text) {
  return printable(text.substr(0, text.find('\n')));
}

}  // namespace

std::string line_of(const DeadItem& item) {
  const std::string cause = item.attempts.empty() ? "" : first_line(item.attempts.back().cause);
  return printable(item.item) + "  " + item.stage + "  " + std::to_string(item.attempts.size()) +
         "  " + cause + '\n';
}

std::string text_of(const DeadItem& item) {
  std::string text = "item     " + printable(item.item) + '\n';
  text += "stage    " + item.stage + " (" + item.task + ")\n";
  text += "plugin   " + printable(item.plugin);
  if (!item.build.empty()) text += ", build " + printable(item.build);
  text += '\n';
  for (std::size_t i = 0; i < item.attempts.size(); ++i) {
    const DeadItem::Attempt& attempt = item.attempts[i];
    text += "attempt " + std::to_string(i + 1) + " in " + printable(attempt.worker) + ", after " +
            seconds_text(attempt.seconds, 2) + " s: " + first_line(attempt.cause) + '\n';
    if (attempt.message.find('\n') != std::string::npos) text += set_in(attempt.message, "  | ");
    for (const std::string& frame : attempt.stack) text += "  at " + printable(frame) + '\n';
    if (!attempt.output.empty()) text += "  its last lines on stderr:\n";
    text += set_in(attempt.output, "  > ");
  }
  return text + "payload  " + printable(item.payload) + '\n';
}

std::optional<std::string> DeadCommand::read(const Words& words) {
  if (words.empty()) throw Error(Status::refused, std::string("`penstock dead` what?\n") + help);
  what = words.front();
  if (what == "-h" || what == "--help") return help;
  if (std::find(parts.begin(), parts.end(), what) == parts.end()) {
    const std::string meant = did_you_mean(what, parts);
    throw Error(Status::refused, "`penstock dead " + what + "` is no command" +
                                     (meant.empty() ? "" : ": " + meant) +
                                     "\n  `penstock dead --help` says what there is");
  }
  const Words rest(words.begin() + 1, words.end());
  if (what == "replay") return read_replay(rest);
  const bool list = what == "list";
  Options options("dead " + what, list ? "Lists the items that the last run of FILE gave up."
                                       : "Shows all that is known of an item that was given up.");
  options.word("FILE", "the pipeline file", file);
  if (!list) options.word("ITEM", "its id, as `dead list` shows it", item);
  options.text("--state", "DIR", "the state folder; else .penstock/PIPELINE", state);
  options.flag("--json", "one JSON object a line", json);
  options.example(list ? list_example : show_example);
  return options.read(rest);
}

std::optional<std::string> DeadCommand::read_replay(const Words& words) {
  Options options("dead replay", "Runs items that were given up once more.");
  PipelineWords given(options, file);
  options.words("ITEM", "their ids, as `dead list` shows them; else all", items);
  options.text("--state", "DIR", "the state folder; else .penstock/PIPELINE", state);
  given.declare_processes(options);
  given.declare_outputs(options);
  options.flag("--gdb", "one item, its stage under `gdb --args`", gdb);
  options.example(replay_example);
  std::optional<std::string> help = options.read(words);
  pipeline = given.take();
  if (!help && gdb && items.size() != 1) {
    throw Error(Status::refused, "dead replay: --gdb is for one ITEM: say which");
  }
  return help;
}

Status DeadCommand::perform() const {
  return what == "replay" ? replay() : show();
}

std::string DeadCommand::state_words() const {
  return state.empty() ? "" : " --state " + state;
}

Status DeadCommand::replay() const {
  PipelineOptions options = pipeline;
  if (gdb) {
    for_each_dead_item(state.empty() ? state_folder_of(file) : state, [&](const DeadItem& one) {
      if (one.item == items.front()) options.under[one.stage] = {"gdb", "--args"};
    });
  }
  Pipeline loaded = Pipeline::load(file, options);
  if (tell_findings(loaded)) return Status::refused;
  Progress observer(gdb ? ProgressStyle::none : ProgressStyle::automatic, Terminal(STDERR_FILENO));
  ReplayOptions asked;
  asked.state_folder = state;
  asked.items = items;
  asked.handle_signals = true;
  asked.observer = &observer;
  const Report report = loaded.replay(asked);
  observer.finish(report);
  tell(closing_text(report, "penstock dead list " + file + state_words(),
                    "penstock dead replay " + file + state_words()));
  return report.status;
}

Status DeadCommand::show() const {
  const std::string folder = state.empty() ? state_folder_of(file) : state;
  const bool list = what == "list";
  bool found = list;
  for_each_dead_item(folder, [&](const DeadItem& one) {
    if (!list && one.item != item) return;
    found = true;
    print(json ? one.json + '\n' : list ? line_of(one) : text_of(one));
  });
  if (!found) {
    throw Error(Status::refused, "no item `" + printable(item) + "` was given up; `penstock dead " +
                                     "list " + file + "` shows those that were");
  }
  return Status::done;
}

}  // namespace penstock
