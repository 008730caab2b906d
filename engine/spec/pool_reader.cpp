#include "spec/pool_reader.hpp"

#include <set>

#include "base/units.hpp"
#include "spec/limits.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

using std::chrono::milliseconds;

void read_env(MapReader& pool, PoolSpec& result, Findings& findings) {
  const Node* env = pool.map("env");
  if (env == nullptr) return;
  for (const Entry& variable : env->entries) {
    const std::string& name = variable.key.value;
    if (name.empty() || name.find('=') != std::string::npos) {
      findings.add(variable.key.mark,
                   ticked(name) + " cannot be the name of an environment variable");
    } else if (variable.value.is(Node::Kind::scalar) &&
               variable.value.text.find('\0') == std::string::npos) {
      result.env.push_back({variable.key, variable.value.text});
    } else if (!variable.value.is(Node::Kind::unknown)) {
      findings.add(variable.value.mark,
                   ticked(name) + " of `env` is " +
                       (variable.value.is(Node::Kind::scalar) ? "a text with a NUL in it"
                                                              : in_words(variable.value)) +
                       ", not a text",
                   variable.value.is(Node::Kind::null) ? "an empty text is written \"\"" : "");
    }
  }
}

// `2` or `2-5`; false where the text is neither.
bool read_cores(std::string_view text, Range<std::uint64_t>& cores) {
  const std::size_t dash = text.find('-');
  const Result<std::uint64_t> first = parse_count(text.substr(0, dash));
  const Result<std::uint64_t> last =
      dash == std::string_view::npos ? first : parse_count(text.substr(dash + 1));
  if (!first || !last || *last < *first || *last >= limits::most_cores) return false;
  cores = {*first, *last};
  return true;
}

void read_cpus(MapReader& pool, PoolSpec& result) {
  std::set<std::uint64_t> named;
  const std::vector<Marked<std::string>> words = pool.texts("cpus");
  for (const Marked<std::string>& word : words) {
    Range<std::uint64_t> cores{};
    if (!read_cores(word.value, cores)) {
      pool.refuse("cpus", word.mark, "has " + ticked(word.value) + ", which is no core",
                  "cores are numbers from 0 and ranges of them, such as [0, 2-3]");
      continue;
    }
    for (std::uint64_t core = cores.least; core <= cores.most; ++core) {
      if (named.insert(core).second) {
        result.cpus.push_back({core, word.mark});
      } else {
        pool.refuse("cpus", word.mark, "names core " + std::to_string(core) + " twice",
                    "remove one");
        break;
      }
    }
  }
  if (words.empty() && pool.find("cpus") != nullptr && pool.find("cpus")->is(Node::Kind::list)) {
    pool.refuse("cpus", pool.find("cpus")->mark, "names no core", "leave it out to use them all");
  }
}

}  // namespace

PoolSpec read_pool(const Entry& entry, Findings& findings) {
  check_name(entry.key, "a pool", findings);
  PoolSpec result;
  result.name = entry.key;
  const std::string owner = "pool `" + entry.key.value + "`";
  if (!entry.value.is(Node::Kind::map) && !entry.value.is(Node::Kind::null)) {
    if (!entry.value.is(Node::Kind::unknown)) {
      findings.add(entry.value.mark, owner + " is " + in_words(entry.value) + ", not a map",
                   "such as {processes: 4}");
    }
    return result;
  }
  MapReader pool(entry.value, owner, pool_keys, findings);
  const Node* processes = pool.find("processes");
  if (processes != nullptr && processes->is(Node::Kind::scalar) && processes->text == "auto") {
    result.processes = Marked<std::uint64_t>{0, processes->mark};
  } else {
    result.processes = pool.count("processes", {1, limits::most_processes},
                                  "`processes: auto` is one for each core");
  }
  result.memory = pool.size("memory", {limits::mib, limits::tib});
  result.grace = pool.duration("grace", {milliseconds(0), milliseconds(3'600'000)});
  result.nice = pool.integer("nice", {-20, 19});
  read_cpus(pool, result);
  if (const Node* node = pool.map("recycle")) {
    MapReader recycle(*node, "`recycle` of " + owner, recycle_keys, findings);
    result.recycle.items = recycle.count("items", limits::any_count);
    result.recycle.memory = recycle.size("memory", {limits::mib, limits::tib});
  }
  read_env(pool, result, findings);
  return result;
}

}  // namespace penstock
