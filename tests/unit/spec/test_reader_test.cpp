#include "spec/test_reader.hpp"

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;
using namespace std::chrono_literals;

namespace {

Loaded load(const std::string& tests) {
  return load_spec_text("a.yaml", "pipeline: a\nstages:\n  work: {task: p.t}\ntests:\n" + tests);
}

}  // namespace

TEST_CASE("tests are read as their types, with their places") {
  const Loaded loaded = load(R"(  all of it:
    stage: work
    input: [a, 2]
    output: {main: [b], rejects: []}
    faults: [{crash: 2}, {hang: 1, times: 3}, {slow: 2, by: 1.5s, times: 2}]
    attempts: {1: 4, 2: 2}
    dead: {1: timed out, 2: ""}
    status: 3
  little: {stage: work, dead: [1, 7]}
)");
  REQUIRE(to_text(loaded.findings).empty());
  REQUIRE(loaded.spec.tests.size() == 2);
  const TestSpec& all = loaded.spec.tests[0];
  CHECK(all.name.value == "all of it");
  CHECK(all.name.mark == Mark{0, 5, 3});
  CHECK(all.stage->value == "work");
  REQUIRE(all.input);
  CHECK(all.input->items.at(1).text == "2");
  REQUIRE(all.output);
  CHECK(all.output->entries.at(1).key.value == "rejects");
  REQUIRE(all.faults.size() == 3);
  CHECK(all.faults[0].kind.value == "crash");
  CHECK(all.faults[0].item->value == 2);
  CHECK(all.faults[0].item->mark == Mark{0, 9, 22});
  CHECK_FALSE(all.faults[0].times);
  CHECK(all.faults[1].times->value == 3);
  CHECK(all.faults[2].kind.value == "slow");
  CHECK(all.faults[2].by->value == 1500ms);
  REQUIRE(all.attempts.size() == 2);
  CHECK(all.attempts[0].first.value == 1);
  CHECK(all.attempts[0].second == 4);
  REQUIRE(all.dead.size() == 2);
  CHECK(all.dead[0].second == "timed out");
  CHECK(all.dead[1].second.empty());
  CHECK(all.status->value == 3);
  const TestSpec& little = loaded.spec.tests[1];
  CHECK_FALSE(little.input);
  CHECK_FALSE(little.output);
  CHECK_FALSE(little.status);
  REQUIRE(little.dead.size() == 2);
  CHECK(little.dead[1].first.value == 7);
  CHECK(little.dead[1].second.empty());
}

TEST_CASE("an item of a test that stands in quotes is told from one that does not") {
  const Loaded loaded = load("  t: {stage: work, input: [7, \"7\", '7', 7 a]}\n");
  std::vector<bool> quoted;
  for (const Node& item : loaded.spec.tests.at(0).input->items) quoted.push_back(item.quoted);
  CHECK(quoted == std::vector<bool>{false, true, true, false});
}

TEST_CASE("a file has at most a thousand tests") {
  std::string tests;
  for (int i = 0; i < 1000; ++i) tests += "  t" + std::to_string(i) + ": {stage: work}\n";
  CHECK(load(tests).spec.tests.size() == 1000);
  const Loaded more = load(tests + "  one more: {stage: work}\n");
  CHECK(more.spec.tests.empty());
  REQUIRE(more.findings.size() == 1);
  CHECK(more.findings[0].message == "there are more than 1000 tests");
}
