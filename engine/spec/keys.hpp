// The keys of the language: what each kind of map in a pipeline file can have. Constants, for any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock {

struct KeySet {
  std::string_view of;               // "a stage"
  std::vector<std::string> known;    // what this version reads
  std::vector<std::string> not_yet;  // what the language has, and this version refuses
  std::string_view elsewhere = {};   // where else an author may have wanted to put a key
  bool free = false;                 // the keys are names that the file's author chooses
};

extern const KeySet top_keys;
extern const KeySet pool_keys;
extern const KeySet recycle_keys;
extern const KeySet sandbox_keys;
extern const KeySet stage_keys;
extern const KeySet queue_keys;
extern const KeySet retry_keys;
extern const KeySet snapshot_keys;
extern const KeySet partition_keys;
extern const KeySet batch_keys;
extern const KeySet shared_keys;  // of one object
extern const KeySet callbacks_keys;
extern const KeySet callback_keys;
extern const KeySet test_keys;
extern const KeySet fault_keys;
extern const KeySet input_keys;  // of `from`, by name of the input

// All of the above with keys of the language, the file's top level first.
const std::vector<const KeySet*>& key_sets();

// What to do about a key that `keys` does not have: another one that was meant, where it belongs,
// or which keys there are.
std::string cure_of_unknown(const std::string& key, const KeySet& keys);

}  // namespace penstock
