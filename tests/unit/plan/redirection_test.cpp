#include "plan/redirection.hpp"

#include "plan_rig.hpp"

using namespace penstock;

namespace {

StagePlan sink(const std::string& path) {
  StagePlan stage;
  stage.name = "save";
  stage.task = task_of_kind("write", TaskKind::sink);
  ParamDescription file;
  file.name = "path";
  file.kind = PENSTOCK_PARAM_TEXT;
  file.flags = PENSTOCK_PARAM_OUTPUT;
  ParamDescription other = file;
  other.name = "format";
  other.flags = 0;
  stage.task.params = {other, file};
  for (const ParamDescription& param : stage.task.params) {
    Argument argument;
    argument.name = param.name;
    argument.values.emplace_back();
    argument.values.back().text = param.name == "path" ? path : "tsv";
    stage.arguments.push_back(argument);
  }
  return stage;
}

// Where it writes, if it is to write below /new.
std::string redirected(const std::string& path) {
  StagePlan stage = sink(path);
  CHECK(redirect_outputs(stage, "/new"));
  CHECK(stage.arguments.at(0).values.at(0).text == "tsv");
  return stage.arguments.at(1).values.at(0).text;
}

}  // namespace

TEST_CASE("a sink writes below the folder, in one of its stage's name") {
  CHECK(redirected("out.tsv") == "/new/save/out.tsv");
  CHECK(redirected("out/a/b.tsv") == "/new/save/out/a/b.tsv");
  CHECK(redirected("./out//b.tsv") == "/new/save/out/b.tsv");
  CHECK(redirected("out/{n}.txt") == "/new/save/out/{n}.txt");
}

TEST_CASE("no path leads out of the folder") {
  CHECK(redirected("/etc/out.tsv") == "/new/save/etc/out.tsv");
  CHECK(redirected("//etc/out.tsv") == "/new/save/etc/out.tsv");
  CHECK(redirected("../out.tsv") == "/new/save/out.tsv");
  CHECK(redirected("a/../../../out.tsv") == "/new/save/out.tsv");
  CHECK(redirected("/../out.tsv") == "/new/save/out.tsv");
}

TEST_CASE("the standard output becomes a file as well") {
  CHECK(redirected("-") == "/new/save/stdout");
  CHECK(redirected("./-") == "/new/save/-");
}

TEST_CASE("the files that the sinks of a plan write are known, each once") {
  Plan plan;
  plan.stages = {sink("out/b.tsv"), sink("-"), sink("a{n}.tsv"), sink("out/b.tsv")};
  plan.stages.push_back(sink("read.tsv"));
  plan.stages.back().task.kind = TaskKind::source;
  CHECK(output_files(plan) == std::vector<std::string>{"out/b.tsv", "a{n}.tsv"});
}

TEST_CASE("the folder that a sink writes in is known as far as its path says") {
  using Folders = std::vector<std::string>;
  CHECK(output_folders(sink("/new/save/out/a.tsv")) == Folders{"/new/save/out"});
  CHECK(output_folders(sink("/new/save/{n}.tsv")) == Folders{"/new/save"});
  CHECK(output_folders(sink("/new/save/by-{town}/{n}.tsv")) == Folders{"/new/save"});
  StagePlan other = sink("/new/save/a.tsv");
  other.task.kind = TaskKind::transform;
  CHECK(output_folders(other).empty());
}

TEST_CASE("what is no sink stays as it is") {
  StagePlan stage = sink("out.tsv");
  stage.task.kind = TaskKind::transform;
  CHECK(redirect_outputs(stage, "/new"));
  CHECK(stage.arguments.at(1).values.at(0).text == "out.tsv");
}

TEST_CASE("a sink of which nobody knows what it writes cannot be redirected") {
  StagePlan stage = sink("out.tsv");
  stage.task.params[1].flags = 0;
  CHECK_FALSE(redirect_outputs(stage, "/new"));
  CHECK(stage.arguments.at(1).values.at(0).text == "out.tsv");

  PlanOptions options = four_cores();
  options.outputs = "/new";
  const Planned planned =
      plan_text("stages: {read: {task: p.read}, save: {task: p.save, from: read}}\n", options);
  REQUIRE(planned.findings.size() == 1);
  CHECK(to_text(planned.findings) ==
        "--outputs: stage `save` (p.save) writes no file that could lie elsewhere\n"
        "       its task says which file it writes with `output_file`; see "
        "docs/writing-plugins.md\n");
}
