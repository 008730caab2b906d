#include "api/partial_files.hpp"

#include <penstock/plugin.h>

#include <filesystem>
#include <fstream>

#include "api/scratch_folder.hpp"
#include "catch.hpp"

using namespace penstock;

namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

// A working folder, in which a plan with these sinks has run.
class Ran {
 public:
  Ran() { fs::current_path(folder_.path()); }
  ~Ran() { fs::current_path(before_); }

  void write(const std::string& name) const {
    const fs::path file = folder_.path() / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x";
  }
  fs::path path() const { return folder_.path(); }

  static Names partial(const Names& paths) {
    Plan plan;
    for (const std::string& path : paths) {
      ParamDescription param;
      param.name = "path";
      param.kind = PENSTOCK_PARAM_TEXT;
      param.flags = PENSTOCK_PARAM_OUTPUT;
      Argument argument;
      argument.name = "path";
      argument.values.emplace_back();
      argument.values.back().text = path;
      StagePlan stage;
      stage.task.kind = TaskKind::sink;
      stage.task.params = {param};
      stage.arguments = {argument};
      plan.stages.push_back(stage);
    }
    return partial_files(plan);
  }

 private:
  const fs::path before_ = fs::current_path();
  const ScratchFolder folder_{"penstock-test"};
};

}  // namespace

TEST_CASE("the unfinished files of a run are those that stand there") {
  const Ran ran;
  ran.write("out/a.tsv.partial");
  ran.write("out/b.tsv");
  ran.write("other.partial");
  CHECK(ran.partial({"out/b.tsv", "out/a.tsv", "c.tsv", "-"}) == Names{"out/a.tsv.partial"});
  const std::string absolute = (ran.path() / "other").string();
  CHECK(ran.partial({absolute}) == Names{absolute + ".partial"});
}

TEST_CASE("of a template they are searched for") {
  const Ran ran;
  ran.write("out/2.txt.partial");
  ran.write("out/1.txt.partial");
  ran.write("out/1.csv.partial");
  ran.write("out/3.txt");
  ran.write("out/deep/er.txt.partial");
  ran.write("4-x.txt.partial");
  CHECK(ran.partial({"out/{n}.txt"}) ==
        Names{"out/1.txt.partial", "out/2.txt.partial", "out/deep/er.txt.partial"});
  CHECK(ran.partial({"{n}-{id}.txt"}) == Names{"4-x.txt.partial"});
  CHECK(ran.partial({"./{n}-x.txt"}) == Names{"./4-x.txt.partial"});
  CHECK(ran.partial({"out/{n"}).size() == 4);
  CHECK(ran.partial({"nowhere/{n}.txt"}).empty());
}

TEST_CASE("a run was stopped by its status") {
  for (const Status status : {Status::done, Status::dead, Status::refused}) {
    CHECK_FALSE(was_stopped(status));
  }
  for (const Status status :
       {Status::lack, Status::gave_up, Status::interrupted, Status::terminated}) {
    CHECK(was_stopped(status));
  }
}
