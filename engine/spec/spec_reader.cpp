#include "spec/spec_reader.hpp"

#include <algorithm>
#include <set>

#include "base/suggest.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t most = 1'000'000'000;
constexpr std::uint64_t most_processes = 1024;
constexpr std::size_t most_named = 1000;  // stages, and pools
constexpr std::uint64_t kib = 1u << 10, mib = 1u << 20, tib = 1ull << 40;
constexpr milliseconds day{86'400'000};

constexpr Range<std::uint64_t> any_count{1, most};
constexpr Range<std::uint64_t> any_size{1, tib};
constexpr Range<milliseconds> any_time{milliseconds(1), 30 * day};

bool is_pipeline_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

class SpecReader {
 public:
  SpecReader(Spec& spec, Findings& findings) : spec_(spec), findings_(findings) {}

  void read(const Node& root, bool complete);

 private:
  void read_plugins(MapReader& top);
  void read_pools(MapReader& top);
  void read_pool(const Entry& entry);
  void read_env(MapReader& pool, PoolSpec& result);
  void read_stages(MapReader& top, bool complete);
  void read_stage(const Entry& entry);
  void read_task(MapReader& stage, const Node& node, StageSpec& result);
  void read_from(MapReader& stage, StageSpec& result);
  void read_policies(MapReader& stage, StageSpec& result);
  void check_name(const Marked<std::string>& name, const std::string& what);

  Spec& spec_;
  Findings& findings_;
};

void SpecReader::read(const Node& root, bool complete) {
  if (root.is(Node::Kind::unknown)) return;
  if (root.is(Node::Kind::null)) {
    if (complete) {
      findings_.add(Mark{0, 0, 0}, "the file holds no pipeline",
                    "it needs `pipeline: NAME` and `stages:` with at least one stage");
    }
    return;
  }
  if (!root.is(Node::Kind::map)) {
    findings_.add(root.mark, "a pipeline file is a map, not " + in_words(root),
                  "it begins with `pipeline: NAME`");
    return;
  }
  MapReader top(root, "", top_keys, findings_);
  if (Given<std::string> name = top.text("pipeline")) {
    spec_.pipeline = *name;
    if (!is_pipeline_name(name->value)) {
      findings_.add(name->mark, ticked(name->value) + " cannot be a pipeline's name",
                    "a name has letters, digits, `_` and `-`: it becomes the state folder's");
    }
  } else if (!top.has("pipeline") && complete) {
    findings_.add(root.mark, "`pipeline` is missing",
                  "`pipeline: NAME` names the pipeline and its state folder");
  }
  spec_.memory = top.size("memory", {mib, tib});
  read_plugins(top);
  read_pools(top);
  read_stages(top, complete);
}

void SpecReader::read_plugins(MapReader& top) {
  for (Marked<std::string>& plugin : top.texts("plugins")) {
    const bool path = plugin.value.find('/') != std::string::npos ||
                      (plugin.value.size() > 3 && plugin.value.ends_with(".so"));
    if (!path && !is_name(plugin.value, false)) {
      findings_.add(plugin.mark, ticked(plugin.value) + " is no plugin",
                    "name one, such as `text`, or give a path, such as `./libtext.so`");
      continue;
    }
    spec_.plugins.push_back(std::move(plugin));
  }
}

void SpecReader::check_name(const Marked<std::string>& name, const std::string& what) {
  if (is_name(name.value, true)) return;
  findings_.add(name.mark, ticked(name.value) + " cannot be " + what + "'s name",
                "a name has small letters, digits, `_` and `-`, and begins with a letter");
}

void SpecReader::read_pools(MapReader& top) {
  const Node* pools = top.map("pools");
  if (pools == nullptr) return;
  if (pools->entries.size() > most_named) {
    findings_.add(pools->mark, "there are more than " + std::to_string(most_named) + " pools");
    return;
  }
  for (const Entry& entry : pools->entries) read_pool(entry);
}

void SpecReader::read_pool(const Entry& entry) {
  check_name(entry.key, "a pool");
  PoolSpec result;
  result.name = entry.key;
  const std::string owner = "pool `" + entry.key.value + "`";
  if (!entry.value.is(Node::Kind::map) && !entry.value.is(Node::Kind::null)) {
    if (!entry.value.is(Node::Kind::unknown)) {
      findings_.add(entry.value.mark, owner + " is " + in_words(entry.value) + ", not a map",
                    "such as {processes: 4}");
    }
    spec_.pools.push_back(std::move(result));
    return;
  }
  MapReader pool(entry.value, owner, pool_keys, findings_);
  const Node* processes = pool.find("processes");
  if (processes != nullptr && processes->is(Node::Kind::scalar) && processes->text == "auto") {
    result.processes = Marked<std::uint64_t>{0, processes->mark};
  } else {
    result.processes =
        pool.count("processes", {1, most_processes}, "`processes: auto` is one for each core");
  }
  result.memory = pool.size("memory", {mib, tib});
  result.grace = pool.duration("grace", {milliseconds(0), milliseconds(3'600'000)});
  if (const Node* node = pool.map("recycle")) {
    MapReader recycle(*node, "`recycle` of " + owner, recycle_keys, findings_);
    result.recycle.items = recycle.count("items", any_count);
    result.recycle.memory = recycle.size("memory", {mib, tib});
  }
  read_env(pool, result);
  spec_.pools.push_back(std::move(result));
}

void SpecReader::read_env(MapReader& pool, PoolSpec& result) {
  const Node* env = pool.map("env");
  if (env == nullptr) return;
  for (const Entry& variable : env->entries) {
    const std::string& name = variable.key.value;
    if (name.empty() || name.find('=') != std::string::npos) {
      findings_.add(variable.key.mark,
                    ticked(name) + " cannot be the name of an environment variable");
    } else if (variable.value.is(Node::Kind::scalar) &&
               variable.value.text.find('\0') == std::string::npos) {
      result.env.push_back({variable.key, variable.value.text});
    } else if (!variable.value.is(Node::Kind::unknown)) {
      findings_.add(variable.value.mark,
                    ticked(name) + " of `env` is " +
                        (variable.value.is(Node::Kind::scalar) ? "a text with a NUL in it"
                                                               : in_words(variable.value)) +
                        ", not a text",
                    variable.value.is(Node::Kind::null) ? "an empty text is written \"\"" : "");
    }
  }
}

void SpecReader::read_stages(MapReader& top, bool complete) {
  const Node* stages = top.map("stages");
  if (stages == nullptr && !top.has("stages") && complete) {
    findings_.add(Mark{0, 1, 1}, "`stages` is missing",
                  "such as `stages: {read: {task: files.lines, with: {paths: \"-\"}}, …}`");
  }
  if (stages == nullptr) return;
  if (stages->entries.empty() && !stages->cut) {
    findings_.add(stages->mark, "there are no stages", "a pipeline has at least one source");
  }
  if (stages->entries.size() > most_named) {
    findings_.add(stages->mark, "there are more than " + std::to_string(most_named) + " stages",
                  "split the pipeline, or let fewer tasks do more");
    return;
  }
  for (const Entry& entry : stages->entries) read_stage(entry);
}

void SpecReader::read_stage(const Entry& entry) {
  check_name(entry.key, "a stage");
  StageSpec result;
  result.name = entry.key;
  const Node& node = entry.value;
  const std::string owner = "stage `" + entry.key.value + "`";
  if (!node.is(Node::Kind::map)) {
    if (!node.is(Node::Kind::unknown)) {
      findings_.add(node.is(Node::Kind::null) ? entry.key.mark : node.mark,
                    owner + " is " + in_words(node) + ", not a map",
                    "it needs `task: PLUGIN.TASK`");
    }
    // It is there for those that read from it, whatever it is.
    result.from_readable = result.with_readable = false;
    spec_.stages.push_back(std::move(result));
    return;
  }
  MapReader stage(node, owner, stage_keys, findings_);
  read_task(stage, node, result);
  read_from(stage, result);
  if (const Node* with = stage.map("with")) {
    result.with = with->entries;
  } else {
    result.with_readable = !stage.has("with");
  }
  read_policies(stage, result);
  if (node.cut) result.with_readable = false;
  spec_.stages.push_back(std::move(result));
}

void SpecReader::read_task(MapReader& stage, const Node& node, StageSpec& result) {
  Given<std::string> task = stage.text("task");
  if (!task) {
    if (!stage.has("task") && !node.cut) {
      findings_.add(result.name.mark, "stage `" + result.name.value + "` has no `task`",
                    "`task: PLUGIN.TASK` says what it does");
    }
    return;
  }
  const std::string& name = task->value;
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos && is_name(name.substr(0, dot), false) &&
      is_name(name.substr(dot + 1), false)) {
    result.task = std::move(*task);
    return;
  }
  stage.refuse("task", task->mark, "is `" + name + "`, which names no task",
               dot == std::string::npos ? "write PLUGIN.TASK, such as `text." +
                                              (is_name(name, false) ? name : "grep") + "`"
                                        : "both words of PLUGIN.TASK have small letters, digits "
                                          "and `_`");
}

void SpecReader::read_from(MapReader& stage, StageSpec& result) {
  if (!stage.has("from")) return;
  const Node* node = stage.find("from");
  result.from_mark = node == nullptr ? result.name.mark : node->mark;
  if (node != nullptr && node->is(Node::Kind::map)) {
    findings_.add(node->mark, "naming the inputs of a task in `from` is not in this version",
                  "write `from: STAGE` or `from: [STAGE, STAGE]`");
    result.from_readable = false;
    return;
  }
  std::set<std::string> named;
  for (Marked<std::string>& name : stage.texts("from", &result.from_readable)) {
    const std::size_t dot = name.value.find('.');
    if (dot != std::string::npos) {
      findings_.add(name.mark,
                    "reading from a named output is not in this version: `" + name.value + "`",
                    "`from: " + name.value.substr(0, dot) + "` reads its main output");
      result.from_readable = false;
    } else if (!named.insert(name.value).second) {
      findings_.add(name.mark,
                    "stage `" + result.name.value + "` reads from `" + name.value + "` twice",
                    "each item comes once: remove one");
    } else {
      result.from.push_back(std::move(name));
    }
  }
  if (result.from.empty() && result.from_readable) {
    stage.refuse("from", result.from_mark, "names no stage", "leave it out for a source");
    result.from_readable = false;
  }
}

void SpecReader::read_policies(MapReader& stage, StageSpec& result) {
  const std::string owner = "stage `" + result.name.value + "`";
  result.pool = stage.text("pool");
  result.parallel = stage.count("parallel", {1, most_processes});
  result.timeout = stage.duration("timeout", any_time);
  result.on_failure = stage.choice("on_failure", {"dead_letter", "skip", "stop"});
  result.on_death = stage.choice("on_death", {"replay", "stop"});
  result.max_output = stage.size("max_output", any_size);
  if (const Node* node = stage.map("queue")) {
    MapReader queue(*node, "`queue` of " + owner, queue_keys, findings_);
    result.queue =
        QueueSpec{node->mark, queue.count("items", any_count), queue.size("bytes", {kib, tib})};
  }
  if (const Node* node = stage.map("retry")) {
    MapReader retry(*node, "`retry` of " + owner, retry_keys, findings_);
    result.retry = RetrySpec{node->mark,
                             retry.count("attempts", {1, 1000}),
                             retry.duration("backoff", {milliseconds(0), day}),
                             retry.duration("max_backoff", {milliseconds(0), day}),
                             {}};
    const std::vector<std::string> outcomes{"failed", "crashed", "timed_out"};
    for (Marked<std::string>& outcome : retry.texts("outcomes")) {
      if (std::find(outcomes.begin(), outcomes.end(), outcome.value) != outcomes.end()) {
        result.retry->outcomes.push_back(std::move(outcome));
        continue;
      }
      findings_.add(outcome.mark,
                    ticked(outcome.value) + " is no outcome that can be tried again: those are " +
                        word_list(outcomes),
                    did_you_mean(outcome.value, outcomes));
    }
  }
  if (const Node* node = stage.map("snapshot")) {
    MapReader snapshot(*node, "`snapshot` of " + owner, snapshot_keys, findings_);
    result.snapshot = SnapshotSpec{node->mark, snapshot.duration("every", {milliseconds(1), day}),
                                   snapshot.size("bytes", {kib, tib})};
  }
}

}  // namespace

void read_spec(const Node& root, bool complete, Spec& spec, Findings& findings) {
  SpecReader(spec, findings).read(root, complete);
}

}  // namespace penstock
