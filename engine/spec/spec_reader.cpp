#include "spec/spec_reader.hpp"

#include <algorithm>

#include "spec/callback_reader.hpp"
#include "spec/limits.hpp"
#include "spec/map_reader.hpp"
#include "spec/pool_reader.hpp"
#include "spec/shared_reader.hpp"
#include "spec/stage_reader.hpp"
#include "spec/test_reader.hpp"

namespace penstock {
namespace {

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
  void read_name(MapReader& top, Mark root, bool complete);
  void read_plugins(MapReader& top);
  void read_pools(MapReader& top);
  void read_stages(MapReader& top, bool complete);
  void read_shared_objects(MapReader& top);

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
  read_name(top, root.mark, complete);
  spec_.memory = top.size("memory", {limits::mib, limits::tib});
  spec_.durability = top.choice("durability", {"normal", "full"});
  spec_.checksum = top.flag("checksum");
  read_plugins(top);
  read_pools(top);
  read_stages(top, complete);
  read_shared_objects(top);
  if (const Node* callbacks = top.map("callbacks")) {
    spec_.callbacks = read_callbacks(*callbacks, findings_);
  }
  if (const Node* tests = top.map("tests")) spec_.tests = read_tests(*tests, findings_);
}

void SpecReader::read_name(MapReader& top, Mark root, bool complete) {
  if (Given<std::string> name = top.text("pipeline")) {
    spec_.pipeline = *name;
    if (!is_pipeline_name(name->value)) {
      findings_.add(name->mark, ticked(name->value) + " cannot be a pipeline's name",
                    "a name has letters, digits, `_` and `-`: it becomes the state folder's");
    }
  } else if (!top.has("pipeline") && complete) {
    findings_.add(root, "`pipeline` is missing",
                  "`pipeline: NAME` names the pipeline and its state folder");
  }
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

void SpecReader::read_pools(MapReader& top) {
  const Node* pools = top.map("pools");
  if (pools == nullptr) return;
  if (pools->entries.size() > limits::most_named) {
    findings_.add(pools->mark,
                  "there are more than " + std::to_string(limits::most_named) + " pools");
    return;
  }
  for (const Entry& entry : pools->entries) spec_.pools.push_back(read_pool(entry, findings_));
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
  if (stages->entries.size() > limits::most_named) {
    findings_.add(stages->mark,
                  "there are more than " + std::to_string(limits::most_named) + " stages",
                  "split the pipeline, or let fewer tasks do more");
    return;
  }
  for (const Entry& entry : stages->entries) spec_.stages.push_back(read_stage(entry, findings_));
}

void SpecReader::read_shared_objects(MapReader& top) {
  const Node* shared = top.map("shared");
  if (shared == nullptr) return;
  if (shared->entries.size() > limits::most_named) {
    findings_.add(shared->mark,
                  "there are more than " + std::to_string(limits::most_named) + " shared objects");
    return;
  }
  for (const Entry& entry : shared->entries) spec_.shared.push_back(read_shared(entry, findings_));
}

}  // namespace

void read_spec(const Node& root, bool complete, Spec& spec, Findings& findings) {
  SpecReader(spec, findings).read(root, complete);
}

}  // namespace penstock
