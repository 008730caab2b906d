#include "spec/pool_reader.hpp"

#include <set>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "spec/limits.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

using std::chrono::milliseconds;

const std::string kReadOnly = "read-only";

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

// `read-only`, or a list of paths; an empty one is a list, too.
void read_files(MapReader& sandbox, SandboxSpec& result) {
  const Node* files = sandbox.find("filesystem");
  if (files == nullptr) return;
  result.files_mark = files->mark;
  if (files->is(Node::Kind::list)) {
    for (Marked<std::string>& path : sandbox.texts("filesystem")) {
      if (path.value.empty() || path.value.find('\0') != std::string::npos) {
        sandbox.refuse("filesystem", path.mark, "has " + ticked(path.value) + ", which is no path");
      } else {
        result.paths.push_back(std::move(path));
      }
    }
    return;
  }
  const bool word = files->is(Node::Kind::scalar);
  result.read_only = word && files->text == kReadOnly;
  if (result.read_only) return;
  std::string hint = word ? did_you_mean(files->text, {kReadOnly}) : std::string();
  if (word && hint.empty()) hint = "a path alone stands in a list, too: [" + files->text + "]";
  sandbox.refuse("filesystem", files->mark,
                 "is " + in_words(*files) + ", neither `read-only` nor a list of paths",
                 std::move(hint));
}

void read_sandbox(MapReader& pool, const std::string& owner, PoolSpec& result, Findings& findings) {
  const Node* node = pool.find("sandbox");
  if (node == nullptr) return;
  if (!node->is(Node::Kind::map) || node->entries.empty()) {
    pool.refuse(
        "sandbox", node->mark,
        "is " + (node->is(Node::Kind::map) ? "an empty map" : in_words(*node) + ", not a map"),
        "such as {network: off, filesystem: read-only}");
    return;
  }
  MapReader sandbox(*node, "`sandbox` of " + owner, sandbox_keys, findings);
  result.sandbox.emplace();
  result.sandbox->mark = node->mark;
  result.sandbox->network = sandbox.flag("network");
  read_files(sandbox, *result.sandbox);
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
  read_sandbox(pool, owner, result, findings);
  return result;
}

}  // namespace penstock
