#include "spec/test_reader.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "spec/limits.hpp"
#include "spec/map_reader.hpp"

namespace penstock {
namespace {

constexpr std::size_t kMostTests = 1000;

class TestReader {
 public:
  TestReader(const Entry& entry, Findings& findings)
      : owner_("test " + ticked(entry.key.value)),
        test_(entry.value, owner_, test_keys, findings),
        findings_(findings) {
    result_.name = entry.key;
  }

  TestSpec read() {
    result_.stage = test_.text("stage");
    if (!test_.has("stage")) {
      findings_.add(result_.name.mark, owner_ + " needs `stage`",
                    "stage: NAME is the stage that the test is about");
    }
    if (const Node* input = test_.find("input")) {
      result_.input = *input;
    } else if (test_.has("input")) {
      result_.input.emplace().kind = Node::Kind::unknown;  // its name has a finding
    }
    if (const Node* output = test_.find("output")) result_.output = *output;
    read_faults();
    read_attempts();
    read_dead();
    result_.status = test_.count("status", {0, 4});
    return std::move(result_);
  }

 private:
  // The number of an item, counted from 1.
  Given<std::uint64_t> item(std::string_view key, const std::string& text, Mark mark) {
    const Result<std::uint64_t> number = parse_count(text);
    if (number && *number > 0) return Marked<std::uint64_t>{*number, mark};
    test_.refuse(key, mark, "has " + ticked(text) + ", which is no number of an item",
                 "items are counted from 1");
    return std::nullopt;
  }

  void read_faults() {
    const Node* faults = test_.find("faults");
    if (faults == nullptr || faults->is(Node::Kind::unknown)) return;
    if (!faults->is(Node::Kind::list)) {
      test_.refuse("faults", faults->mark, "is " + in_words(*faults) + ", not a list",
                   "such as [{crash: 2}, {hang: 3, times: 3}]");
      return;
    }
    for (const Node& node : faults->items) read_fault(node);
  }

  void read_fault(const Node& node) {
    if (!node.is(Node::Kind::map)) {
      if (!node.is(Node::Kind::unknown)) {
        test_.refuse("faults", node.mark, "has " + in_words(node) + ", not a map",
                     "such as {crash: 2}: on the second item");
      }
      return;
    }
    MapReader fault(node, "a fault of " + owner_, fault_keys, findings_);
    FaultSpec result;
    result.mark = node.mark;
    for (const std::string& kind : fault_kinds()) {
      const Node* value = fault.find(kind);
      if (value == nullptr) continue;
      if (!result.kind.value.empty()) {
        fault.refuse(kind, value->mark, "stands beside `" + result.kind.value + '`',
                     "each fault is a map of its own");
        continue;
      }
      result.kind = {kind, value->mark};
      result.item = fault.count(kind, limits::any_count);
    }
    result.times = fault.count("times", limits::any_count);
    result.by = fault.duration("by", limits::any_time);
    const bool slow = result.kind.value == "slow";
    if (result.kind.value.empty()) {
      // An unknown key has its finding.
      if (std::all_of(node.entries.begin(), node.entries.end(), [](const Entry& entry) {
            return entry.key.value == "times" || entry.key.value == "by";
          })) {
        test_.refuse("faults", node.mark, "has a map that names no fault",
                     "a fault is one of " + word_list(fault_kinds(), "or"));
      }
      return;
    }
    if (slow && !fault.has("by")) {
      fault.refuse("slow", result.kind.mark, "does not say by how much",
                   "such as {slow: 2, by: 100ms}");
    } else if (!slow && fault.find("by") != nullptr) {
      fault.refuse("by", fault.find("by")->mark, "belongs to `slow` alone", "remove it");
    }
    if (result.item && (!slow || result.by)) result_.faults.push_back(std::move(result));
  }

  void read_attempts() {
    const Node* attempts = test_.map("attempts");
    if (attempts == nullptr) return;
    for (const Entry& entry : attempts->entries) {
      auto number = item("attempts", entry.key.value, entry.key.mark);
      const Result<std::uint64_t> count = parse_count(entry.value.text);
      if (!entry.value.is(Node::Kind::scalar) || !count || *count == 0) {
        test_.refuse("attempts", entry.value.mark,
                     "is " + in_words(entry.value) + " for item " + entry.key.value,
                     "such as {2: 3}: the second item is tried three times");
      } else if (number) {
        result_.attempts.emplace_back(*number, *count);
      }
    }
  }

  // A list of items, or a map from items to a part of the cause.
  void read_dead() {
    const Node* dead = test_.find("dead");
    if (dead == nullptr || dead->is(Node::Kind::unknown)) return;
    if (dead->is(Node::Kind::map)) {
      for (const Entry& entry : dead->entries) {
        auto number = item("dead", entry.key.value, entry.key.mark);
        if (number && entry.value.is(Node::Kind::scalar)) {
          result_.dead.emplace_back(*number, entry.value.text);
        } else if (number && !entry.value.is(Node::Kind::unknown)) {
          test_.refuse("dead", entry.value.mark,
                       "is " + in_words(entry.value) + " for item " + entry.key.value,
                       "such as {3: \"timed out\"}: a part of the cause");
        }
      }
      return;
    }
    for (const Marked<std::string>& text : test_.texts("dead")) {
      if (auto number = item("dead", text.value, text.mark)) {
        result_.dead.emplace_back(*number, "");
      }
    }
  }

  const std::string owner_;
  MapReader test_;
  Findings& findings_;
  TestSpec result_;
};

}  // namespace

const std::vector<std::string>& fault_kinds() {
  static const std::vector<std::string> kinds{"crash", "hang",      "exit", "error",
                                              "oom",   "disk_full", "slow"};
  return kinds;
}

std::vector<TestSpec> read_tests(const Node& tests, Findings& findings) {
  std::vector<TestSpec> result;
  if (tests.entries.size() > kMostTests) {
    findings.add(tests.mark, "there are more than " + std::to_string(kMostTests) + " tests");
    return result;
  }
  for (const Entry& entry : tests.entries) {
    if (entry.value.is(Node::Kind::map)) {
      result.push_back(TestReader(entry, findings).read());
    } else if (!entry.value.is(Node::Kind::unknown)) {
      findings.add(
          entry.value.mark,
          "test " + ticked(entry.key.value) + " is " + in_words(entry.value) + ", not a map",
          "such as {stage: NAME, input: [1, 2], output: [1, 4]}");
    }
  }
  return result;
}

}  // namespace penstock
