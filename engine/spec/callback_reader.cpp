#include "spec/callback_reader.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include "spec/limits.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

constexpr std::size_t most_callbacks = 100;

// Neither `task` nor `exec`, or both: which one is meant, nobody can say.
bool check_work(const MapReader& callback, const CallbackSpec& result, const std::string& owner,
                Findings& findings) {
  const bool task = callback.has("task");
  const bool command = callback.has("exec");
  if (task && command) {
    findings.add(result.mark, owner + " has both `task` and `exec`",
                 "write two entries: `" + result.event.value + ": [{task: …}, {exec: […]}]`");
  } else if (!task && !command) {
    findings.add(result.mark, owner + " has neither `task` nor `exec`",
                 "`task: PLUGIN.TASK` calls a task, `exec: [PROGRAM, ARGUMENT]` a command");
  } else if (command && callback.has("with")) {
    findings.add(result.mark, owner + " is a command, which has no parameters",
                 "remove `with`; arguments stand in the list of `exec`");
  } else {
    return true;
  }
  return false;
}

// "[tee, -a, run.log]" of the words of a command. What a shell would do with quotes is not guessed.
std::string listed(const std::string& command) {
  if (command.find_first_of("'\"\\") != std::string::npos) return "[PROGRAM, ARGUMENT]";
  std::istringstream words(command);
  std::string text;
  for (std::string word; words >> word;) {
    const bool plain = word.find_first_of("[]{},:#&*!|>%@`") == std::string::npos;
    text += (text.empty() ? "[" : ", ") + (plain ? word : '"' + word + '"');
  }
  return text + ']';
}

std::optional<CallbackSpec> read_callback(const Marked<std::string>& event, const Node& node,
                                          Findings& findings) {
  if (node.is(Node::Kind::unknown)) return std::nullopt;
  const std::string owner = "the callback `" + event.value + "`";
  if (!node.is(Node::Kind::map)) {
    findings.add(node.mark, owner + " is " + in_words(node) + ", not a map",
                 "it is {task: PLUGIN.TASK}, {exec: [PROGRAM, ARGUMENT]} or a list of them");
    return std::nullopt;
  }
  MapReader callback(node, owner, callback_keys, findings);
  CallbackSpec result;
  result.event = event;
  result.mark = node.mark;
  result.task = callback.task("task");
  if (const Node* with = callback.map("with")) {
    result.with = with->entries;
  } else {
    result.with_readable = !callback.has("with");
  }
  if (node.cut) result.with_readable = false;
  bool exec_readable = true;
  result.exec = callback.texts("exec", &exec_readable);
  result.stages = callback.texts("stages");
  const Node* stages = callback.find("stages");
  if (stages != nullptr && stages->is(Node::Kind::list) && stages->items.empty()) {
    callback.refuse("stages", stages->mark, "names no stage", "leave it out for all stages");
  }
  result.overflow = callback.choice("overflow", {"wait", "drop"});
  result.timeout = callback.duration("timeout", limits::any_time);
  if (node.cut || !check_work(callback, result, owner, findings)) return std::nullopt;
  if (result.task || !callback.has("exec") || !exec_readable) {
    return result.task ? std::optional(std::move(result)) : std::nullopt;
  }
  if (result.exec.empty() || result.exec.front().value.empty()) {
    callback.refuse("exec", callback.find("exec")->mark, "names no program",
                    "such as `exec: [notify-send, done]`");
    return std::nullopt;
  }
  if (callback.find("exec")->is(Node::Kind::scalar) &&
      result.exec.front().value.find(' ') != std::string::npos) {
    callback.refuse("exec", result.exec.front().mark, "is one text with several words",
                    "exec is a list: " + listed(result.exec.front().value));
    return std::nullopt;
  }
  for (const Marked<std::string>& word : result.exec) {
    if (word.value.find('\0') == std::string::npos) continue;
    callback.refuse("exec", word.mark, "has a NUL in it, which no command can be given");
    return std::nullopt;
  }
  return result;
}

}  // namespace

std::vector<CallbackSpec> read_callbacks(const Node& callbacks, Findings& findings) {
  const MapReader events(callbacks, "`callbacks`", callbacks_keys, findings);
  const std::vector<std::string>& known = callbacks_keys.known;
  std::vector<CallbackSpec> result;
  for (const Entry& entry : callbacks.entries) {
    if (std::find(known.begin(), known.end(), entry.key.value) == known.end()) continue;
    const bool list = entry.value.is(Node::Kind::list);
    const std::vector<Node> one = list ? std::vector<Node>() : std::vector<Node>{entry.value};
    for (const Node& node : list ? entry.value.items : one) {
      if (auto callback = read_callback(entry.key, node, findings)) {
        result.push_back(std::move(*callback));
      }
    }
  }
  if (result.size() > most_callbacks) {
    findings.add(result[most_callbacks].mark,
                 "there are more than " + std::to_string(most_callbacks) + " callbacks",
                 "each has a process of its own: let one of them do the work of several");
    result.resize(most_callbacks);
  }
  return result;
}

}  // namespace penstock
