#include "plan/arguments.hpp"

#include <penstock/plugin.h>

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;

namespace {

ParamDescription param(std::string name, std::uint32_t kind, std::uint32_t flags = 0) {
  ParamDescription result;
  result.name = std::move(name);
  result.kind = kind;
  result.flags = flags;
  return result;
}

struct Read {
  std::vector<Argument> arguments;
  std::vector<std::string> secrets;
  std::string findings;
};

Read read(const std::string& with, std::vector<ParamDescription> params) {
  const Loaded loaded =
      load_spec_text("a.yaml", "pipeline: a\nstages: {a: {task: p.t, with: {" + with + "}}}");
  REQUIRE(to_text(loaded.findings).empty());
  TaskDescription task;
  task.name = "t";
  task.params = std::move(params);
  Findings findings(loaded.spec.sources);
  Read result;
  const StageSpec& stage = loaded.spec.stages.at(0);
  result.arguments = read_arguments({"stage `a`", stage.task, stage.with, stage.with_readable},
                                    task, result.secrets, findings);
  result.findings = to_text(findings.take({}));
  return result;
}

}  // namespace

TEST_CASE("each kind of parameter becomes its value") {
  ParamDescription choice = param("e", PENSTOCK_PARAM_ENUM);
  choice.choices = {"fast", "slow"};
  const Read result =
      read("b: on, i: -3, f: 2.5, t: 010, e: slow, d: 250ms, s: \"64KiB\", l: [1, 2], one: 7",
           {param("b", PENSTOCK_PARAM_BOOL), param("i", PENSTOCK_PARAM_INT),
            param("f", PENSTOCK_PARAM_FLOAT), param("t", PENSTOCK_PARAM_TEXT), choice,
            param("d", PENSTOCK_PARAM_DURATION), param("s", PENSTOCK_PARAM_SIZE),
            param("l", PENSTOCK_PARAM_INT, PENSTOCK_PARAM_LIST),
            param("one", PENSTOCK_PARAM_INT, PENSTOCK_PARAM_LIST)});
  CHECK(result.findings.empty());
  REQUIRE(result.arguments.size() == 9);
  CHECK(result.arguments[0].values.at(0).integer == 1);
  CHECK(result.arguments[1].values.at(0).integer == -3);
  CHECK(result.arguments[2].values.at(0).real == 2.5);
  CHECK(result.arguments[3].values.at(0).text == "010");
  CHECK(result.arguments[4].values.at(0).text == "slow");
  CHECK(result.arguments[4].kind == PENSTOCK_PARAM_ENUM);
  CHECK(result.arguments[5].values.at(0).integer == 250'000'000);
  CHECK(result.arguments[6].values.at(0).integer == 65'536);
  CHECK(result.arguments[7].values.size() == 2);
  CHECK(result.arguments[8].values.at(0).integer == 7);
}

TEST_CASE("the ends of a range belong to it") {
  ParamDescription limited =
      param("i", PENSTOCK_PARAM_INT, PENSTOCK_PARAM_HAS_MIN | PENSTOCK_PARAM_HAS_MAX);
  limited.minimum = 1;
  limited.maximum = 3;
  CHECK(read("i: 1", {limited}).findings.empty());
  CHECK(read("i: 3", {limited}).findings.empty());
  CHECK(read("i: 0", {limited}).findings.find("from 1 to 3") != std::string::npos);
  CHECK(read("i: 4", {limited}).arguments.empty());
}

TEST_CASE("an empty list is a value, and what is not set is not listed") {
  const Read result = read("l: []", {param("l", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_LIST),
                                     param("other", PENSTOCK_PARAM_INT)});
  CHECK(result.findings.empty());
  REQUIRE(result.arguments.size() == 1);
  CHECK(result.arguments[0].values.empty());
}

TEST_CASE("values of secret parameters are remembered") {
  const Read result = read("k: hunter2", {param("k", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_SECRET)});
  CHECK(result.secrets == std::vector<std::string>{"hunter2"});
}
