#include "spec/shared_reader.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.hpp"
#include "spec/limits.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

struct SharedType {
  std::string name;
  std::vector<std::string> keys;  // besides `type`
  std::string needed;             // one of them; empty: none
};

const std::vector<SharedType>& types() {
  static const std::vector<SharedType> all{{"value", {"of", "initial"}, {}},
                                           {"array", {"of", "size"}, "size"},
                                           {"memory", {"bytes"}, "bytes"},
                                           {"mutex", {}, {}},
                                           {"recursive_mutex", {}, {}},
                                           {"semaphore", {"initial"}, {}},
                                           {"bounded_semaphore", {"initial"}, {}},
                                           {"condition", {}, {}},
                                           {"event", {}, {}},
                                           {"barrier", {"parties", "timeout"}, "parties"},
                                           {"queue", {"of", "size", "bytes"}, {}},
                                           {"joinable_queue", {"of", "size", "bytes"}, {}},
                                           {"map", {"of", "bytes"}, {}}};
  return all;
}

void check_keys(MapReader& object, const SharedType& type, const std::string& owner, Mark mark,
                Findings& findings) {
  for (const std::string& key : shared_keys.known) {
    if (key == "type" || object.find(key) == nullptr) continue;
    if (std::find(type.keys.begin(), type.keys.end(), key) != type.keys.end()) continue;
    object.refuse(key, object.find(key)->mark, "has no meaning for `type: " + type.name + '`',
                  type.keys.empty() ? "remove it" : "it has " + word_list(type.keys));
  }
  if (!type.needed.empty() && !object.has(type.needed)) {
    findings.add(mark, owner + " needs " + ticked(type.needed),
                 type.needed == "bytes" ? "such as bytes: 1MiB" : "such as " + type.needed + ": 4");
  }
}

}  // namespace

SharedSpec read_shared(const Entry& entry, Findings& findings) {
  check_name(entry.key, "a shared object", findings);
  SharedSpec result;
  result.name = entry.key;
  const std::string owner = "shared object " + ticked(entry.key.value);
  if (!entry.value.is(Node::Kind::map)) {
    if (!entry.value.is(Node::Kind::unknown)) {
      findings.add(entry.value.mark, owner + " is " + in_words(entry.value) + ", not a map",
                   "such as {type: mutex}");
    }
    return result;
  }
  MapReader object(entry.value, owner, shared_keys, findings);
  std::vector<std::string> names;
  for (const SharedType& type : types()) names.push_back(type.name);
  result.type = object.choice("type", names);
  if (!object.has("type")) {
    findings.add(entry.value.mark, owner + " needs `type`", "it is " + word_list(names, "or"));
  }
  result.of = object.text("of");
  result.initial = object.text("initial");
  result.size = object.count("size", limits::any_count);
  result.bytes = object.size("bytes", limits::any_size);
  result.parties = object.count("parties", {1, limits::most_parties});
  result.timeout = object.duration("timeout", limits::any_time);
  if (!result.type) return result;
  const auto type = std::find(names.begin(), names.end(), result.type->value) - names.begin();
  check_keys(object, types()[static_cast<std::size_t>(type)], owner, entry.value.mark, findings);
  return result;
}

}  // namespace penstock
