#include "cli/explanation_text.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "base/units.hpp"
#include "base/utf8.hpp"

namespace penstock {
namespace {

constexpr std::size_t widest_line = 80;
constexpr std::size_t value_column = 23;
constexpr std::size_t origin_column = 44;

std::string padded(std::string text, std::size_t width) {
  const std::size_t taken = character_count(text);
  return taken < width ? text + std::string(width - taken, ' ') : text;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Stands for a space at which no line is broken.
constexpr char fixed_space = '\x01';

std::string unbroken(std::string text) {
  std::replace(text.begin(), text.end(), ' ', fixed_space);
  return text;
}

// The text behind `line`, which is the begin of one, in lines that are set in by `indent`; broken
// at spaces.
std::string wrapped(std::string line, const std::string& text, std::size_t indent) {
  std::string result;
  std::size_t at = 0;
  bool fresh = true;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    const std::size_t wanted = character_count(line) + (fresh ? 0 : 1) + character_count(word);
    if (!fresh && wanted > widest_line) {
      result += line + '\n';
      line.assign(indent, ' ');
      fresh = true;
    }
    line += (fresh ? "" : " ") + word;
    fresh = false;
    at = end + 1;
  }
  result += line + '\n';
  std::replace(result.begin(), result.end(), fixed_space, ' ');
  return result;
}

// Name, value and origin in columns. A value that is too long for its column has lines of its own.
std::string value_line(const ExplainedValue& value) {
  std::string line = padded("  " + value.name, value_column - 1) + ' ';
  if (character_count(line) + character_count(value.text) + 1 <= origin_column) {
    return wrapped(padded(line + value.text, origin_column), origin_text(value), origin_column);
  }
  return wrapped(std::move(line), value.text, value_column) +
         wrapped(std::string(origin_column, ' '), origin_text(value), origin_column);
}

// Those that somebody has given a line each, the defaults together.
std::string value_lines(const std::vector<ExplainedValue>& values) {
  std::string text;
  std::string defaults;
  for (const ExplainedValue& value : values) {
    if (value.origin != Origin::builtin) {
      text += value_line(value);
    } else {
      defaults += (defaults.empty() ? "" : ", ") + unbroken(value.name + ' ' + value.text);
    }
  }
  return defaults.empty()
             ? text
             : text + wrapped(padded("  by default", value_column), defaults, value_column);
}

std::string fact(const std::string& name, const std::string& text) {
  return wrapped(padded("  " + name, value_column), text, value_column);
}

std::string workers_text(const ExplainedWorkers& workers) {
  if (workers.pool.empty()) return "1 worker for a callback";
  return counted(workers.count, "worker") + " of pool " + workers.pool +
         (workers.pinned ? (workers.count == 1 ? ", its own" : ", their own") : "");
}

std::string machine_text(const Explanation& explanation) {
  std::string text = "\nprocesses: " + std::to_string(explanation.processes) +
                     ", the engine and its keeper among " + "them\n";
  std::size_t width = 0;
  for (const ExplainedWorkers& workers : explanation.workers) {
    width = std::max(width, workers_text(workers).size() + 4);
  }
  for (const ExplainedWorkers& workers : explanation.workers) {
    text += wrapped(padded("  " + workers_text(workers), width), joined(workers.stages), width);
  }
  return text + "\nmemory: " + size_text(explanation.memory) + " for payloads, shared by all\n  " +
         (explanation.private_memory == 0
              ? "no limit on what the workers have for themselves"
              : "at most " + size_text(explanation.private_memory) + " that the workers have for " +
                    "themselves, all together") +
         '\n';
}

std::string edge_text(const ExplainedEdge& edge) {
  return edge.from + (edge.output.empty() ? "" : "." + edge.output) +
         (edge.input.empty() ? "" : " as " + edge.input);
}

// A long type is broken behind its commas.
std::string type_text(const std::string& type) {
  if (value_column + type.size() <= widest_line) return type;
  std::string text;
  for (const char c : type) text.append(c == ',' ? ", " : std::string(1, c));
  return text;
}

std::string kind_text(const ExplainedStage& stage) {
  const std::string kind = stage.kind == "stateful" ? "stateful task" : stage.kind;
  return kind + (stage.partitioned ? " in " + counted(stage.instances, "instance") : "");
}

std::string stage_text(const ExplainedStage& stage) {
  std::string text = "\nstage " + stage.name + ": " + stage.task + ", a " + kind_text(stage) + '\n';
  for (const ExplainedEdge& edge : stage.from) {
    text += fact("reads", edge_text(edge) + ": " + type_text(edge.type));
  }
  if (!stage.promise.empty()) text += fact("promises", stage.promise);
  return text + value_lines(stage.values);
}

std::string heading(const Explanation& explanation) {
  std::string text = "pipeline " + explanation.pipeline + " of " + explanation.file + ": " +
                     counted(explanation.stages.size(), "stage") + ", " +
                     counted(explanation.pools.size(), "pool");
  if (!explanation.callbacks.empty()) {
    text += ", " + counted(explanation.callbacks.size(), "callback");
  }
  return text + '\n';
}

}  // namespace

std::string origin_text(const ExplainedValue& value) {
  std::string text;
  if (value.origin == Origin::builtin) text = "default";
  if (value.origin == Origin::machine) text = value.place.empty() ? "auto" : "auto, ";
  text += value.place;
  for (const ExplainedVariable& variable : value.variables) {
    text += ", ${" + variable.name + '}';
    if (variable.from != "file") text += " by " + variable.from;  // whose name has been said
  }
  return text;
}

std::string full_text(const Explanation& explanation) {
  std::string text = heading(explanation) + value_lines(explanation.values);
  text += machine_text(explanation);
  for (const ExplainedPlugin& plugin : explanation.plugins) {
    text += wrapped("\nplugin " + plugin.name + ' ' + plugin.version + ':', ' ' + plugin.path, 2);
    if (!plugin.build.empty()) text += fact("build", plugin.build);
  }
  for (const ExplainedPool& pool : explanation.pools) {
    text += "\npool " + pool.name + '\n' + value_lines(pool.values);
  }
  for (const ExplainedShared& shared : explanation.shared) {
    text +=
        wrapped("\nshared " + shared.name + ':', ' ' + shared.type, 2) + value_lines(shared.values);
  }
  for (const ExplainedStage& stage : explanation.stages) text += stage_text(stage);
  for (const ExplainedCallback& callback : explanation.callbacks) {
    text += "\ncallback " + callback.event + ": " + callback.task +
            (callback.command ? ", a command" : "") + '\n' + value_lines(callback.values);
  }
  return text;
}

std::string short_text(const Explanation& explanation) {
  std::string text = heading(explanation);
  std::size_t names = 0;
  std::size_t tasks = 0;
  for (const ExplainedStage& stage : explanation.stages) {
    names = std::max(names, stage.name.size());
    tasks = std::max(tasks, stage.task.size());
  }
  for (const ExplainedStage& stage : explanation.stages) {
    std::vector<std::string> from;
    for (const ExplainedEdge& edge : stage.from) from.push_back(edge_text(edge));
    const std::string line =
        padded("  " + stage.name, names + 4) + padded(stage.task, tasks + 2) + kind_text(stage);
    text += wrapped(line, from.empty() ? "" : ", from " + joined(from), names + 4);
  }
  for (const ExplainedCallback& callback : explanation.callbacks) {
    text += "  at " + callback.event + ": " + callback.task + '\n';
  }
  return text + machine_text(explanation);
}

std::string resume_text(const ResumeExplanation& explanation) {
  const std::string folder = explanation.folder;
  if (!explanation.unfinished) return folder + ": nothing to go on with; a new run begins\n";
  std::string text = folder + ": an unfinished run; " + std::to_string(explanation.ended) +
                     " of the " + std::to_string(explanation.made) +
                     " items that its sources made have ended\n";
  if (!explanation.obstacle.empty()) {
    text +=
        "it cannot be gone on with: " + printable(explanation.obstacle) + "; --fresh begins anew\n";
  }
  const std::uint64_t left = explanation.made - std::min(explanation.made, explanation.ended);
  if (left > 0) {
    text += counted(left, "item") + " will be made again, as " + (left == 1 ? "it" : "they") +
            " had not ended\n";
  }
  for (const ExplainedRerun& one : explanation.stages) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f", one.seconds);
    text += "  " + padded(one.stage, value_column - 2) + "runs " + counted(one.items, "item") +
            " again, which took " + seconds + " s the last time\n";
  }
  if (!explanation.changes.empty()) {
    text += "it was another pipeline: --resume is refused without --force\n";
  }
  for (const std::string& change : explanation.changes) text += "  " + printable(change) + '\n';
  for (const std::string& input : explanation.inputs) text += printable(input) + '\n';
  return text;
}

}  // namespace penstock
