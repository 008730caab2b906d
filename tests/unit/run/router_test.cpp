#include "run/router.hpp"

#include <penstock/key.hpp>

#include <cstring>
#include <set>
#include <string>

#include "catch.hpp"

namespace penstock {
namespace {

// A transform with two outputs: the main one is read by a sink, by a stage in four instances that
// goes by the key, and by one in three that goes by a field; the other by the sink alone.
enum : StageIndex { kMap, kByKey, kByField = kByKey + 4, kSink = kByField + 3, kStages };

Plan plan_with(const std::string& type) {
  Plan plan;
  plan.stages.resize(kStages);
  plan.stages[kMap].task.outputs = {{"", type, ""}, {"other", "text", ""}};
  const auto instances = [&](StageIndex first, std::uint16_t count, const std::string& field) {
    for (std::uint16_t i = 0; i < count; ++i) {
      StagePlan& stage = plan.stages[first + i];
      stage.instance = i;
      stage.instances = count;
      stage.partitioned = true;
      stage.key_field = field;
      stage.from = {Edge{kMap, 0, 0, type}};
    }
  };
  instances(kByKey, 4, "");
  instances(kByField, 3, "name");
  plan.stages[kSink].from = {Edge{kMap, 1, 0, "text"}, Edge{kMap, 0, 0, type}};
  plan.stages[kMap].readers = {Reader{kSink, 0, 1}, Reader{kSink, 1, 0}, Reader{kByKey, 0, 0},
                               Reader{kByField, 0, 0}};
  return plan;
}

Payload keyed(std::string value, const std::string& key) {
  const auto size = static_cast<std::uint16_t>(key.size());
  value += key;
  value.append(reinterpret_cast<const char*>(&size), sizeof size);
  return Payload::of_bytes(std::as_bytes(std::span(value)));
}

TEST_CASE("an output goes to each stage that reads it, on the edge that is meant") {
  const Plan plan = plan_with("text");
  const ExtentTable extents(1u << 20);
  Router router(plan, extents);
  const auto other = router.targets(kMap, 1, Payload{});
  REQUIRE(other.size() == 1);
  CHECK(other[0].stage == kSink);
  CHECK(other[0].edge == 0);
  const auto main = router.targets(kMap, 0, keyed("x", "k"));
  REQUIRE(main.size() == 3);
  CHECK(main[0].stage == kSink);
  CHECK(main[0].edge == 1);
  CHECK(router.targets(kMap, kFailedOutput, Payload{}).empty());
}

TEST_CASE("one key goes to one instance, and keys to all of them") {
  const Plan plan = plan_with("text");
  const ExtentTable extents(1u << 20);
  Router router(plan, extents);
  std::set<StageIndex> used;
  for (int key = 0; key < 100; ++key) {
    const StageIndex first = router.targets(kMap, 0, keyed("a", std::to_string(key)))[1].stage;
    CHECK(router.targets(kMap, 0, keyed("b", std::to_string(key)))[1].stage == first);
    used.insert(first);
  }
  CHECK(used == std::set<StageIndex>{kByKey, kByKey + 1, kByKey + 2, kByKey + 3});
}

TEST_CASE("only an output that is read by the key given to emit has it behind its values") {
  const Plan plan = plan_with("text");
  const ExtentTable extents(1u << 20);
  const Router router(plan, extents);
  CHECK(router.keyed(kMap, 0));
  CHECK_FALSE(router.keyed(kMap, 1));
  CHECK_FALSE(router.keyed(kMap, kFailedOutput));
  const Payload payload = keyed("value", "key");
  CHECK(router.value_size(payload.inline_bytes()) == 5);
}

TEST_CASE("damaged keys lead somewhere, and to no crash") {
  const Plan plan = plan_with("record{name:text}");
  const ExtentTable extents(1u << 20);
  Router router(plan, extents);
  for (const std::string& bytes :
       {std::string(), std::string("\xff"), std::string("\xff\xff"), std::string("\xbf\x61")}) {
    const Payload payload = Payload::of_bytes(std::as_bytes(std::span(bytes)));
    for (const Router::Target& target : router.targets(kMap, 0, payload)) {
      CHECK(target.stage < kStages);
    }
    CHECK(router.value_size(payload.inline_bytes()) <= bytes.size());
  }
}

}  // namespace
}  // namespace penstock
