#include "spec/stage_reader.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/suggest.hpp"
#include "spec/limits.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

using std::chrono::milliseconds;

class StageReader {
 public:
  StageReader(const Entry& entry, Findings& findings)
      : node_(entry.value),
        owner_("stage `" + entry.key.value + "`"),
        stage_(node_, owner_, stage_keys, findings),
        findings_(findings) {
    result_.name = entry.key;
  }

  StageSpec read();

 private:
  void read_from();
  void read_words(MapReader& map, const std::string& key, const Marked<std::string>& input);
  void read_partition();
  void read_batch();
  void read_retry();

  const Node& node_;
  std::string owner_;
  MapReader stage_;
  Findings& findings_;
  StageSpec result_;
  std::set<std::tuple<std::string, std::string, std::string>> read_;  // input, stage, output
};

StageSpec StageReader::read() {
  if (Given<std::string> task = stage_.task("task")) {
    result_.task = std::move(*task);
  } else if (!stage_.has("task") && !node_.cut) {
    findings_.add(result_.name.mark, owner_ + " has no `task`",
                  "`task: PLUGIN.TASK` says what it does");
  }
  read_from();
  if (const Node* with = stage_.map("with")) {
    result_.with = with->entries;
  } else {
    result_.with_readable = !stage_.has("with");
  }
  if (node_.cut) result_.with_readable = false;
  result_.pool = stage_.text("pool");
  result_.parallel = stage_.count("parallel", {1, limits::most_processes});
  read_partition();
  result_.ordered = stage_.flag("ordered");
  read_batch();
  if (const Node* node = stage_.map("queue")) {
    MapReader queue(*node, "`queue` of " + owner_, queue_keys, findings_);
    result_.queue = QueueSpec{node->mark, queue.count("items", limits::any_count),
                              queue.size("bytes", {limits::kib, limits::tib})};
  }
  result_.max_output = stage_.size("max_output", limits::any_size);
  result_.timeout = stage_.duration("timeout", limits::any_time);
  read_retry();
  result_.on_failure = stage_.choice("on_failure", {"dead_letter", "skip", "stop"});
  result_.on_death = stage_.choice("on_death", {"replay", "stop"});
  result_.rate = stage_.rate("rate");
  if (const Node* node = stage_.map("snapshot")) {
    MapReader snapshot(*node, "`snapshot` of " + owner_, snapshot_keys, findings_);
    result_.snapshot =
        SnapshotSpec{node->mark, snapshot.duration("every", {milliseconds(1), limits::day}),
                     snapshot.size("bytes", {limits::kib, limits::tib})};
  }
  result_.ignore = stage_.texts("ignore");
  return std::move(result_);
}

void StageReader::read_from() {
  if (!stage_.has("from")) return;
  const Node* node = stage_.find("from");
  result_.from_mark = node == nullptr ? result_.name.mark : node->mark;
  if (node == nullptr || !node->is(Node::Kind::map)) {
    read_words(stage_, "from", {});
  } else {
    MapReader inputs(*node, "`from` of " + owner_, input_keys, findings_);
    for (const Entry& entry : node->entries) read_words(inputs, entry.key.value, entry.key);
  }
  if (result_.from.empty() && result_.from_readable) {
    stage_.refuse("from", result_.from_mark, "names no stage", "leave it out for a source");
    result_.from_readable = false;
  }
}

// One input's stages; its name is empty where `from` gives none.
void StageReader::read_words(MapReader& map, const std::string& key,
                             const Marked<std::string>& input) {
  bool readable = true;
  for (const Marked<std::string>& word : map.texts(key, &readable)) {
    const std::size_t dot = word.value.find('.');
    EdgeSpec edge;
    edge.stage = {word.value.substr(0, dot), word.mark};
    if (dot != std::string::npos) edge.output = word.value.substr(dot + 1);
    edge.input = input;
    const bool whole = !edge.stage.value.empty() && edge.output.find('.') == std::string::npos &&
                       (dot == std::string::npos || !edge.output.empty());
    if (!whole) {
      map.refuse(key, word.mark, "has " + ticked(word.value) + ", which names no output",
                 "write STAGE, or STAGE.OUTPUT for a named output");
      readable = false;
    } else if (!read_.emplace(input.value, edge.stage.value, edge.output).second) {
      findings_.add(word.mark, owner_ + " reads from " + ticked(word.value) + " twice",
                    "each item comes once: remove one");
    } else {
      result_.from.push_back(std::move(edge));
    }
  }
  result_.from_readable = result_.from_readable && readable;
}

void StageReader::read_partition() {
  const Node* node = stage_.find("partition");
  if (node == nullptr) return;
  const Range<std::uint64_t> range{1, limits::most_instances};
  if (!node->is(Node::Kind::map)) {
    Given<std::uint64_t> instances =
        stage_.count("partition", range, "`partition: 4`, or {instances: 4, by: FIELD}");
    result_.partition = PartitionSpec{node->mark, instances, std::nullopt};
    return;
  }
  MapReader partition(*node, "`partition` of " + owner_, partition_keys, findings_);
  result_.partition =
      PartitionSpec{node->mark, partition.count("instances", range), partition.text("by")};
  if (!partition.has("instances") && !node->cut) {
    findings_.add(node->mark, "`partition` of " + owner_ + " has no `instances`",
                  "such as {instances: 4, by: FIELD}");
  }
}

void StageReader::read_batch() {
  const Node* node = stage_.map("batch");
  if (node == nullptr) return;
  MapReader batch(*node, "`batch` of " + owner_, batch_keys, findings_);
  result_.batch = BatchSpec{node->mark, batch.count("items", {1, limits::most_in_batch}),
                            batch.size("bytes", {limits::kib, limits::tib}),
                            batch.duration("wait", {milliseconds(0), limits::day})};
}

void StageReader::read_retry() {
  const Node* node = stage_.map("retry");
  if (node == nullptr) return;
  MapReader retry(*node, "`retry` of " + owner_, retry_keys, findings_);
  result_.retry = RetrySpec{node->mark,
                            retry.count("attempts", {1, 1000}),
                            retry.duration("backoff", {milliseconds(0), limits::day}),
                            retry.duration("max_backoff", {milliseconds(0), limits::day}),
                            {}};
  const std::vector<std::string> outcomes{"failed", "crashed", "timed_out"};
  for (Marked<std::string>& outcome : retry.texts("outcomes")) {
    if (std::find(outcomes.begin(), outcomes.end(), outcome.value) != outcomes.end()) {
      result_.retry->outcomes.push_back(std::move(outcome));
      continue;
    }
    findings_.add(outcome.mark,
                  ticked(outcome.value) + " is no outcome that can be tried again: those are " +
                      word_list(outcomes),
                  did_you_mean(outcome.value, outcomes));
  }
}

}  // namespace

StageSpec read_stage(const Entry& entry, Findings& findings) {
  check_name(entry.key, "a stage", findings);
  const Node& node = entry.value;
  if (node.is(Node::Kind::map)) return StageReader(entry, findings).read();
  if (!node.is(Node::Kind::unknown)) {
    findings.add(node.is(Node::Kind::null) ? entry.key.mark : node.mark,
                 "stage `" + entry.key.value + "` is " + in_words(node) + ", not a map",
                 "it needs `task: PLUGIN.TASK`");
  }
  StageSpec result;
  result.name = entry.key;
  result.from_readable = result.with_readable = false;
  return result;
}

}  // namespace penstock
