#include "api/stage_test.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "api/engine.hpp"
#include "api/shared_objects.hpp"
#include "base/utf8.hpp"
#include "plan/tests.hpp"
#include "run/payload_text.hpp"
#include "run/run.hpp"

namespace penstock {
namespace {

// The items of one input.
class GivenItems final : public EngineSource {
 public:
  GivenItems(Run& run, const std::vector<std::string>& lines) : run_(run), lines_(lines) {}

  bool next(Payload& payload) override {
    if (over()) return false;
    auto kept = run_.keep(std::as_bytes(std::span(lines_[next_])));
    if (!kept) {
      problem_ = kept.error().what();
      next_ = lines_.size();
      return false;
    }
    payload = *kept;
    ++next_;
    return true;
  }
  bool over() const override { return next_ == lines_.size(); }
  const std::string& problem() const override { return problem_; }

 private:
  Run& run_;
  const std::vector<std::string>& lines_;
  std::size_t next_ = 0;
  std::string problem_;
};

// What the task emits to one output, as JSON.
class TakenValues final : public EngineSink {
 public:
  explicit TakenValues(std::string type) : type_(std::move(type)) {}

  bool holds_back() const override { return false; }
  bool ready() override { return true; }
  Result<void> take(std::uint64_t number, std::string bytes) override {
    values_.emplace_back(number, payload_json(type_, bytes, bytes.size()));
    return {};
  }
  Result<void> flush() override { return {}; }
  Result<bool> finish() override { return true; }

  // By the items that they were made from; of one, in the order of its emits.
  std::vector<std::string> take_all(bool by_item) {
    if (by_item) {
      std::stable_sort(values_.begin(), values_.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    std::vector<std::string> result;
    for (auto& [number, json] : values_) result.push_back(std::move(json));
    return result;
  }

 private:
  const std::string type_;
  std::vector<std::pair<std::uint64_t, std::string>> values_;
};

bool same(const std::string& a, const std::string& b) {
  boost::system::error_code error;
  return a == b || boost::json::parse(a, error) == boost::json::parse(b, error);
}

std::string values(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " value" : " values");
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

class StageTest {
 public:
  StageTest(const Plan& plan, const TestPlan& test) : test_(test), plan_(plan_of(plan, test)) {}

  TestReport run();

 private:
  const StagePlan& stage() const { return plan_.stages[test_.inputs.size()]; }
  std::uint64_t number_of(const std::string& item) const;
  void note(const Attempt& attempt);
  void compare(const TestPlan::Output& wanted, const std::vector<std::string>& got);
  void compare_attempts(const Report& report);
  void problem(std::string text) { report_.problems.push_back(std::move(text)); }

  const TestPlan& test_;
  const Plan plan_;
  std::map<std::uint64_t, unsigned> failures_;     // attempts that did not succeed, by item
  std::map<std::uint64_t, std::string> given_up_;  // the last cause, by item
  TestReport report_;
};

// "left:2" -> its number among all items of the test.
std::uint64_t StageTest::number_of(const std::string& item) const {
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
    const std::string begin = plan_.stages[i].name + ":";
    if (item.starts_with(begin)) return before + std::stoull(item.substr(begin.size()));
    before += test_.inputs[i].lines.size();
  }
  return 0;
}

void StageTest::note(const Attempt& attempt) {
  const std::uint64_t number = number_of(attempt.item);
  ++failures_[number];
  if (attempt.given_up) given_up_[number] = attempt.cause;
}

void StageTest::compare(const TestPlan::Output& wanted, const std::vector<std::string>& got) {
  const std::string& name = stage().task.outputs[wanted.port].name;
  const std::string what = name.empty() ? "output" : "output `" + name + "`";
  const std::size_t count = std::min(wanted.values.size(), got.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (same(wanted.values[i], got[i])) continue;
    return problem("value " + std::to_string(i + 1) + " of the " + what + " is\n" + got[i] +
                   "\nand not\n" + wanted.values[i]);
  }
  if (got.size() > count) {
    problem("the " + what + " has " + values(got.size()) + ", not " + std::to_string(count) +
            "; the first more is\n" + got[count]);
  } else if (wanted.values.size() > count) {
    problem("the " + what + " has " + values(count) + ", not " +
            std::to_string(wanted.values.size()) + "; the first that is missing is\n" +
            wanted.values[count]);
  }
}

void StageTest::compare_attempts(const Report& report) {
  const bool ended = report.status <= Status::dead;
  for (const auto& [item, wanted] : test_.attempts) {
    const auto failed = failures_.find(item);
    const unsigned count = failed == failures_.end() ? 0 : failed->second;
    const unsigned attempts = count + (given_up_.contains(item) || !ended ? 0 : 1);
    if (attempts == wanted) continue;
    problem("item " + std::to_string(item) + " was tried " + times(attempts) + ", not " +
            times(wanted));
  }
  for (const auto& [item, cause] : given_up_) {
    const auto wanted = test_.dead.find(item);
    if (wanted == test_.dead.end()) {
      problem("item " + std::to_string(item) + " was given up: " + cause);
    } else if (cause.find(wanted->second) == std::string::npos) {
      problem("item " + std::to_string(item) + " was given up by\n" + cause + "\nand not by\n" +
              wanted->second);
    }
  }
  for (const auto& [item, cause] : test_.dead) {
    if (!given_up_.contains(item)) problem("item " + std::to_string(item) + " was not given up");
  }
}

TestReport StageTest::run() {
  report_.name = test_.name;
  Engine engine;
  RunSetup setup;
  share_objects(plan_, engine, setup).value();
  setup.attempt_failed = [this](const Attempt& attempt) { note(attempt); };
  Run run(engine.loop(), engine.keeper(), engine.symbolizer(), plan_, nullptr, setup);
  std::deque<GivenItems> sources;
  for (std::size_t i = 0; i < test_.inputs.size(); ++i) {
    run.attach(static_cast<StageIndex>(i), sources.emplace_back(run, test_.inputs[i].lines));
  }
  std::deque<TakenValues> sinks;
  for (std::size_t i = test_.inputs.size() + 1; i < plan_.stages.size(); ++i) {
    run.attach(static_cast<StageIndex>(i), sinks.emplace_back(plan_.stages[i].from.front().type));
  }
  const Report report = run.execute().value();
  report_.seconds = report.seconds;
  if (static_cast<int>(report.status) != test_.status) {
    problem("it ended with status " + std::to_string(static_cast<int>(report.status)) + ", not " +
            std::to_string(test_.status) + (report.reason.empty() ? "" : ":\n" + report.reason));
  }
  const bool by_item = stage().task.kind == TaskKind::transform;
  std::map<std::uint16_t, std::vector<std::string>> taken;
  for (std::uint16_t i = 0; i < sinks.size(); ++i) taken[i] = sinks[i].take_all(by_item);
  for (const TestPlan::Output& output : test_.outputs) compare(output, taken[output.port]);
  compare_attempts(report);
  return std::move(report_);
}

}  // namespace

TestReport run_stage_test(const Plan& plan, const TestPlan& test) {
  return StageTest(plan, test).run();
}

}  // namespace penstock
