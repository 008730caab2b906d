// Reads one map of a pipeline file: each key as its type, with findings for all that is not as it
// should be. What has a finding is absent from the result. Refers to the node and the findings;
// one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "spec/finding.hpp"
#include "spec/keys.hpp"
#include "spec/node.hpp"
#include "spec/spec.hpp"

namespace penstock {

template <class T>
struct Range {
  T least;
  T most;
};

class MapReader {
 public:
  // Reports the keys that `keys` does not have. `owner` is what the map describes, "stage `a`";
  // empty for the file itself.
  MapReader(const Node& map, std::string owner, const KeySet& keys, Findings& findings);

  // The value, or null where the key is absent or could not be read at all.
  const Node* find(std::string_view key) const;
  // Whether the key is there, or an unknown one that was most likely meant to be it.
  bool has(std::string_view key) const;

  Given<std::string> text(std::string_view key);
  Given<std::string> choice(std::string_view key, const std::vector<std::string>& choices);
  Given<std::string> task(std::string_view key);  // PLUGIN.TASK
  Given<std::uint64_t> count(std::string_view key, Range<std::uint64_t> range,
                             const std::string& hint = {});
  Given<std::uint64_t> size(std::string_view key, Range<std::uint64_t> range);
  Given<std::chrono::milliseconds> duration(std::string_view key,
                                            Range<std::chrono::milliseconds> range);
  Given<std::int64_t> integer(std::string_view key, Range<std::int64_t> range);
  Given<bool> flag(std::string_view key);
  Given<double> rate(std::string_view key);  // a second

  // One text or a list of them. `readable` becomes false where something of it was refused.
  std::vector<Marked<std::string>> texts(std::string_view key, bool* readable = nullptr);

  // A map under the key; null where there is none, or something else. An empty value is no map
  // unless `may_be_empty`.
  const Node* map(std::string_view key);

  // A finding about a key's value: "`key` of OWNER: MESSAGE".
  void refuse(std::string_view key, Mark mark, const std::string& message, std::string hint = {});

 private:
  const Node* scalar(std::string_view key, std::string_view wanted);

  const Node& map_;
  std::string owner_;                         // empty: the file itself
  std::set<std::string, std::less<>> meant_;  // keys that unknown ones are near to
  Findings& findings_;
};

// Whether the text is a word of [a-z][a-z0-9_]*, or of [a-z][a-z0-9_-]*.
bool is_name(std::string_view text, bool with_dash);

// A finding where the name of a stage or pool is none; `what` is "a stage" or "a pool".
void check_name(const Marked<std::string>& name, const std::string& what, Findings& findings);

}  // namespace penstock
