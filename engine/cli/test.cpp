#include "cli/test.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "cli/amounts.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_options.hpp"

namespace penstock {
namespace {

constexpr const char* example =
    R"(A test stands under `tests` of the pipeline file:
  tests:
    a word is counted:
      stage: counts
      input: ["to be or not to be"]
      output: [{to: 2, be: 2, or: 1, not: 1}]
    what crashes twice is done the third time:
      stage: counts
      input: [a, b, c]
      faults: [{crash: 2, times: 2}]
      attempts: {2: 3}
Status 0: all is as it says. Status 1: something is not.

example:
  penstock test configs/wordcount.yaml
)";

}  // namespace

std::optional<std::string> TestCommand::read(const Words& words) {
  Options options("test", "Makes the tests that a pipeline file has, and says what differs.");
  PipelineWords given(options, file);
  options.texts("--only", "NAME", "this test alone; any number", only);
  options.flag("--json", "one JSON object a line", json);
  options.example(example);
  std::optional<std::string> help = options.read(words);
  pipeline = given.take();
  return help;
}

Status TestCommand::perform() const {
  Pipeline loaded = Pipeline::load(file, pipeline);
  if (tell_findings(loaded)) return Status::refused;
  TestOptions options;
  options.names = only;
  options.done = [this](const TestReport& report) {
    print(json ? to_json(report) + '\n' : text_of(report));
  };
  const std::vector<TestReport> reports = loaded.test(options);
  const auto failed = std::count_if(reports.begin(), reports.end(), [](const TestReport& report) {
    return !report.problems.empty();
  });
  tell(std::to_string(reports.size()) + (reports.size() == 1 ? " test, " : " tests, ") +
       std::to_string(failed) + " failed");
  return failed == 0 ? Status::done : Status::dead;
}

std::string text_of(const TestReport& report) {
  std::string text = (report.problems.empty() ? "ok      " : "FAILED  ") + printable(report.name) +
                     " (" + seconds_text(report.seconds, 2) + " s)\n";
  for (const std::string& problem : report.problems) text += set_in(problem, "        ");
  return text;
}

}  // namespace penstock
