#include "spec/keys.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "spec/finding.hpp"

namespace penstock {

const KeySet top_keys{"the top level",
                      {"pipeline", "plugins", "vars", "pools", "stages", "shared", "callbacks",
                       "memory", "durability", "checksum", "tests"},
                      {"cluster"}};
const KeySet pool_keys{
    "a pool",
    {"processes", "memory", "recycle", "grace", "nice", "cpus", "env", "sandbox"},
    {"start"}};
const KeySet recycle_keys{"`recycle`", {"items", "memory"}, {}};
const KeySet sandbox_keys{"`sandbox`", {"network", "filesystem"}, {}};
const KeySet stage_keys{
    "a stage",
    {"task", "from", "with", "pool", "parallel", "partition", "ordered", "batch", "queue",
     "max_output", "timeout", "retry", "on_failure", "on_death", "rate", "snapshot", "ignore"},
    {"chain"},
    "parameters of its task stand under `with`"};
const KeySet queue_keys{"`queue`", {"items", "bytes"}, {}};
const KeySet retry_keys{"`retry`", {"attempts", "backoff", "max_backoff", "outcomes"}, {}};
const KeySet snapshot_keys{"`snapshot`", {"every", "bytes"}, {}};
const KeySet partition_keys{"`partition`", {"instances", "by"}, {}};
const KeySet batch_keys{"`batch`", {"items", "bytes", "wait"}, {}};
const KeySet shared_keys{
    "a shared object", {"type", "of", "initial", "size", "bytes", "parties", "timeout"}, {}};
const KeySet callbacks_keys{
    "`callbacks`", {"item_done", "item_failed", "stage_done", "run_done"}, {}};
const KeySet callback_keys{"a callback",
                           {"task", "with", "exec", "stages", "overflow", "timeout"},
                           {},
                           "parameters of its task stand under `with`"};
const KeySet test_keys{
    "a test", {"stage", "input", "output", "faults", "attempts", "dead", "status"}, {}};
const KeySet fault_keys{
    "a fault", {"crash", "hang", "exit", "error", "oom", "disk_full", "slow", "times", "by"}, {}};

const KeySet input_keys{"`from`", {}, {}, {}, true};

const std::vector<const KeySet*>& key_sets() {
  static const std::vector<const KeySet*> all{
      &top_keys,    &pool_keys,      &recycle_keys,  &sandbox_keys,   &stage_keys,
      &queue_keys,  &retry_keys,     &snapshot_keys, &partition_keys, &batch_keys,
      &shared_keys, &callbacks_keys, &callback_keys, &test_keys,      &fault_keys};
  return all;
}

namespace {

// The kinds of maps that have the key: "a pool", "`queue` or to `snapshot`".
std::string homes(const std::string& key) {
  std::string text;
  for (const KeySet* keys : key_sets()) {
    // Whose words may be meant anywhere.
    if (keys == &shared_keys || keys == &test_keys || keys == &fault_keys) continue;
    if (std::find(keys->known.begin(), keys->known.end(), key) == keys->known.end()) continue;
    text.append(text.empty() ? "" : " or to ").append(keys->of);
  }
  return text;
}

}  // namespace

std::string cure_of_unknown(const std::string& key, const KeySet& keys) {
  const std::string near = did_you_mean(key, keys.known);
  if (!near.empty()) return near;
  if (const std::string home = homes(key); !home.empty()) return "it belongs to " + home;
  std::string cure = std::string(keys.of) + " has the keys " + word_list(keys.known);
  if (!keys.elsewhere.empty()) cure.append("; ").append(keys.elsewhere);
  return cure;
}

}  // namespace penstock
