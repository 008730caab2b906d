// Who reads whom: outputs, inputs, instances, order.
#include "plan_rig.hpp"

using namespace penstock;

TEST_CASE("an edge says which output comes in at which input, and with which type") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  split: {task: p.split, from: read}
  join: {task: p.join, from: {right: [split.rejects, split.failed], left: [read, split]}}
  save: {task: p.save, from: [join, join.failed]}
)");
  REQUIRE(stage_names(plan) == std::vector<std::string>{"read", "split", "join", "save"});
  const std::vector<Edge>& from = plan.stages[2].from;
  REQUIRE(from.size() == 4);
  CHECK(from[0].from == 1);
  CHECK(from[0].output == 1);
  CHECK(from[0].input == 1);
  CHECK(from[0].type == "int");
  CHECK(from[1].output == kFailedOutput);
  CHECK(from[1].type == PENSTOCK_FAILED_TYPE);
  CHECK(from[2].from == 0);
  CHECK(from[2].input == 0);
  CHECK(from[3].from == 1);
  CHECK(from[3].output == 0);

  const std::vector<Reader>& readers = plan.stages[1].readers;
  REQUIRE(readers.size() == 3);
  CHECK(readers[0].stage == 2);
  CHECK(readers[0].edge == 0);
  CHECK(readers[0].output == 1);
  CHECK(readers[1].output == kFailedOutput);
  CHECK(readers[2].edge == 3);
  CHECK(readers[2].output == 0);
  CHECK(plan.stages[3].from[1].output == kFailedOutput);
}

TEST_CASE("a partitioned stage stands in the plan once for each instance") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  more: {task: p.read}
  sum: {task: p.sum, from: [read, more], partition: 3}
  again: {task: p.sum, from: [more, sum], partition: 2}
  save: {task: p.save, from: [sum, sum.failed, again]}
)");
  REQUIRE(stage_names(plan) ==
          std::vector<std::string>{"read", "more", "sum", "sum", "sum", "again", "again", "save"});
  for (std::uint16_t i = 0; i < 3; ++i) {
    const StagePlan& sum = plan.stages[2 + i];
    CHECK(sum.partitioned);
    CHECK(sum.instance == i);
    CHECK(sum.instances == 3);
    CHECK(sum.in_order);
    CHECK(sum.key_field.empty());
    REQUIRE(sum.from.size() == 2);
    CHECK(sum.from[0].from == 0);
    CHECK(sum.from[1].from == 1);
    // Readers are named by their first instance, with the edge of this one.
    REQUIRE(sum.readers.size() == 3);
    CHECK(sum.readers[0].stage == 5);
    CHECK(sum.readers[0].edge == 1 + i);
    CHECK(sum.readers[1].stage == 7);
    CHECK(sum.readers[1].edge == i);
    CHECK(sum.readers[2].edge == 3 + i);
    CHECK(sum.readers[2].output == kFailedOutput);
  }
  // A reader has one edge for each instance, side by side.
  const std::vector<Edge>& from = plan.stages[7].from;
  REQUIRE(from.size() == 8);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(from[i].from == 2 + i);
    CHECK(from[i].output == 0);
    CHECK(from[3 + i].from == 2 + i);
    CHECK(from[3 + i].output == kFailedOutput);
  }
  CHECK(from[6].from == 5);
  CHECK(from[7].from == 6);
  // One that feeds instances names them once.
  REQUIRE(plan.stages[0].readers.size() == 1);
  CHECK(plan.stages[0].readers[0].stage == 2);
}

TEST_CASE("one instance is partitioned too, and a field tells the key") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  sum: {task: p.sum, from: read, partition: 1}
  by: {task: p.any, from: sum.failed, partition: {instances: 2, by: stage}}
  save: {task: p.save, from: [sum, by]}
)");
  CHECK(plan.stages.at(1).partitioned);
  CHECK(plan.stages.at(1).instances == 1);
  CHECK(plan.stages.at(1).key_field.empty());
  CHECK(plan.stages.at(2).key_field == "stage");
  CHECK(plan.stages.at(3).instance == 1);
  CHECK_FALSE(plan.stages.at(4).partitioned);
}

TEST_CASE("the order of the source is kept where it is asked for, and what that implies") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  any: {task: p.work, from: read}
  ordered: {task: p.work, from: any, ordered: true}
  behind: {task: p.work, from: ordered}
  later: {task: p.work, from: behind}
  keys: {task: p.sum, from: later, partition: 2}
  loose: {task: p.sum, from: later, partition: 2, ordered: false}
  sum: {task: p.sum, from: later, ordered: true}
  save: {task: p.save, from: [keys, loose, sum]}
)");
  const auto in_order = [&](const std::string& name) {
    for (const StagePlan& stage : plan.stages) {
      if (stage.name == name) return stage.in_order;
    }
    FAIL("no stage " + name);
    return false;
  };
  CHECK_FALSE(in_order("any"));
  CHECK(in_order("ordered"));
  CHECK(in_order("behind"));
  CHECK_FALSE(in_order("later"));
  CHECK(in_order("keys"));
  CHECK_FALSE(in_order("loose"));
  CHECK(in_order("sum"));
  CHECK_FALSE(in_order("save"));
}

TEST_CASE("what is ignored has no reader, and that is no finding") {
  const Plan plan = good_plan(R"(stages:
  read: {task: p.read}
  a: {task: p.split, from: read, ignore: [main, rejects]}
  b: {task: p.split, from: read, ignore: rejects}
  save: {task: p.save, from: b}
)");
  CHECK(plan.stages.at(1).readers.empty());
  CHECK(plan.stages.at(2).readers.size() == 1);
}

TEST_CASE("a fan-out of a thousand") {
  std::string text = "stages:\n  read: {task: p.read}\n";
  for (int i = 0; i < 999; ++i)
    text += "  s" + std::to_string(i) + ": {task: p.save, from: read}\n";
  const Plan plan = good_plan(text);
  CHECK(plan.stages.size() == 1000);
  CHECK(plan.stages[0].readers.size() == 999);
}

TEST_CASE("edges to too many instances are counted, not made") {
  std::string text = "stages:\n  read: {task: p.read}\n";
  std::string from;
  for (int stage = 0; stage < 4; ++stage) {
    const std::string name = "s" + std::to_string(stage);
    text += "  " + name + ": {task: p.fan, from: read, partition: 1024}\n";
    from += name + ", ";
    for (int i = 0; i < 19; ++i) from += name + ".o" + std::to_string(i) + ", ";
  }
  const Planned planned = plan_text(text + "  save: {task: p.save, from: [" + from + "read]}\n");
  REQUIRE(planned.findings.size() == 1);
  const std::string& message = planned.findings[0].message;
  CHECK(message.find(" outputs, each instance counted, and at most ") != message.npos);
  CHECK(message.find("81921") != message.npos);
  CHECK(message.ends_with(" are possible"));
  CHECK(planned.findings[0].hint == "let a stage between them read a part of them");
}

TEST_CASE("very many words in `from` end soon", "[no-sanitizer]") {
  std::string text = "stages:\n";
  for (int i = 0; i < 900; ++i) text += "  stage" + std::to_string(i) + ": {task: p.read}\n";
  text += "  save: {task: p.save, from: [";
  for (int i = 0; i < 60'000; ++i) text += "stag" + std::to_string(i) + "e, ";
  text += "stage1]}\n";
  const auto begin = std::chrono::steady_clock::now();
  CHECK(plan_text(text).findings.size() > 100);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}
