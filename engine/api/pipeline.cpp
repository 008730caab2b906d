#include "penstock/pipeline.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <new>
#include <set>
#include <utility>

#include "api/carried.hpp"
#include "api/continuation.hpp"
#include "api/engine.hpp"
#include "api/explain.hpp"
#include "api/machine.hpp"
#include "api/partial_files.hpp"
#include "api/replay.hpp"
#include "api/scratch_folder.hpp"
#include "api/shared_objects.hpp"
#include "api/stage_test.hpp"
#include "base/utf8.hpp"
#include "plan/planner.hpp"
#include "plan/redirection.hpp"
#include "run/run.hpp"
#include "spec/load.hpp"
#include "state/folder.hpp"
#include "state/journal.hpp"

namespace penstock {
namespace {

std::filesystem::path state_path(const Plan& plan, const std::string& given) {
  if (!given.empty()) return given;
  return std::filesystem::path(".penstock") / plan.pipeline;
}

// Of sinks that were redirected. A sink says itself what is wrong with its folder.
void make_output_folders(const Plan& plan) {
  for (const StagePlan& stage : plan.stages) {
    for (const std::string& folder : output_folders(stage)) {
      std::error_code ignored;
      std::filesystem::create_directories(folder, ignored);
    }
  }
}

}  // namespace

struct Pipeline::Parts {
  PipelineOptions options;
  Spec spec;
  std::vector<std::string> findings;
  Plan plan;
};

Pipeline::Pipeline(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Pipeline Pipeline::load(const std::string& path, const PipelineOptions& options) {
  LoadOptions load;
  load.overrides.assign(options.set.begin(), options.set.end());
  load.vars_file = options.vars_file;
  Loaded loaded = load_spec(path, load);
  std::vector<Finding> findings = std::move(loaded.findings);

  auto parts = std::make_unique<Parts>();
  parts->options = options;
  if (loaded.complete) {
    Engine engine;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    Catalog catalog = engine.catalog(options.plugin_path, folder.empty() ? "." : folder);
    const Offer offer = engine.offer(catalog, needed_plugins(loaded.spec));
    PlanOptions plan;
    plan.cpus = usable_cores();
    plan.cores = static_cast<unsigned>(plan.cpus.size());
    plan.under = options.under;
    plan.outputs = options.outputs;
    plan.attempts = options.attempts;
    plan.memory = default_memory();
    plan.is_there = [](const std::string& file) {
      std::error_code error;
      return std::filesystem::exists(file, error);
    };
    if (options.processes > 0) plan.processes = options.processes;
    Planned planned = make_plan(loaded.spec, offer, plan);
    findings = merged(std::move(findings), std::move(planned.findings));
    parts->plan = std::move(planned.plan);
  }
  parts->spec = std::move(loaded.spec);
  for (const Finding& finding : findings) parts->findings.push_back(to_text(finding));
  return Pipeline(std::move(parts));
}

const std::vector<std::string>& Pipeline::findings() const {
  return parts_->findings;
}
const std::string& Pipeline::name() const {
  return parts_->plan.pipeline;
}
// A partitioned stage is one, and what the plan has for callbacks is none.
std::size_t Pipeline::stage_count() const {
  const auto& stages = parts_->plan.stages;
  return static_cast<std::size_t>(
      std::count_if(stages.begin(), stages.end(),
                    [](const StagePlan& stage) { return stage.instance == 0 && !stage.callback; }));
}

std::size_t Pipeline::pool_count() const {
  std::set<std::size_t> pools;
  for (const StagePlan& stage : parts_->plan.stages) {
    if (!stage.callback) pools.insert(stage.pool);
  }
  return pools.size();
}

Explanation Pipeline::explain() const {
  if (!parts_->findings.empty()) throw Error(Status::refused, parts_->findings.front());
  return penstock::explain(parts_->spec, parts_->plan, parts_->options);
}

ResumeExplanation Pipeline::explain_resume(const std::string& state_folder) const {
  if (!parts_->findings.empty()) throw Error(Status::refused, parts_->findings.front());
  return penstock::explain_resume(state_path(parts_->plan, state_folder), parts_->plan).value();
}

Report Pipeline::run(const RunOptions& options) try {
  const Plan& plan = parts_->plan;
  if (!parts_->findings.empty()) throw Error(Status::refused, parts_->findings.front());
  const StateFolder folder = StateFolder::open(state_path(plan, options.state_folder)).value();
  // A sandbox can only allow what is there; a sink says itself what is wrong with its folder.
  std::error_code error;
  if (const std::string& outputs = parts_->options.outputs; !outputs.empty()) {
    std::filesystem::create_directories(outputs, error);
    make_output_folders(plan);
  }
  Engine engine(folder.lock());
  RunSetup setup;
  setup.limit = options.limit;
  setup.handle_signals = options.handle_signals;
  setup.observer = options.observer;
  share_objects(plan, engine, setup).value();
  Continuation continuation = open_journal(folder.path(), plan, options).value();
  setup.id = continuation.run_id;
  setup.forced = options.force && continuation.content;
  Journal journal(std::move(continuation.file), [&] { boost::asio::post(engine.loop(), [] {}); });
  Run run(engine.loop(), engine.keeper(), engine.symbolizer(), plan, &journal, setup);
  if (continuation.content) run.resume(std::move(*continuation.content)).value();
  Report report = run.execute().value();
  if (report.letters > 0) report.dead_letters = (folder.path() / JournalFile::kName).string();
  if (auto closed = journal.close(); !closed && report.status <= Status::dead) {
    report.status = Status::lack;
    report.reason = std::string("the journal cannot be written: ") + closed.error().what();
  }
  if (was_stopped(report.status)) {
    report.resumable = run.repeatable() && unrepeatable(plan).empty();
    report.partial = partial_files(plan);
  }
  return report;
} catch (const std::bad_alloc&) {  // what the run had is free again
  const std::vector<std::string> left = partial_files(parts_->plan);
  if (left.empty()) throw;
  throw Error(Status::lack,
              "out of memory: give it more, or the pipeline fewer processes; not finished: " +
                  printable(left.front()) +
                  (left.size() > 1 ? " and " + std::to_string(left.size() - 1) + " more" : ""));
}

Report Pipeline::replay(const ReplayOptions& options) {
  if (!parts_->findings.empty()) throw Error(Status::refused, parts_->findings.front());
  return run_replay(state_path(parts_->plan, options.state_folder), parts_->plan,
                    !parts_->options.outputs.empty(), options);
}

std::vector<TestReport> Pipeline::test(const TestOptions& options) {
  if (!parts_->findings.empty()) throw Error(Status::refused, parts_->findings.front());
  Plan plan = parts_->plan;
  const auto asked = [&](const std::string& name) {
    return options.names.empty() ||
           std::find(options.names.begin(), options.names.end(), name) != options.names.end();
  };
  for (const std::string& name : options.names) {
    if (std::none_of(plan.tests.begin(), plan.tests.end(),
                     [&](const TestPlan& test) { return test.name == name; })) {
      throw Error(Status::refused, "there is no test " + ticked(name));
    }
  }
  if (plan.tests.empty()) {
    throw Error(Status::refused,
                "there are no tests: `tests: {NAME: {stage: …, input: […], "
                "output: […]}}` says what is to come of what");
  }
  const ScratchFolder scratch("penstock-test");
  for (StagePlan& stage : plan.stages) redirect_outputs(stage, scratch.path().string());
  make_output_folders(plan);
  for (PoolPlan& pool : plan.pools) {
    if (pool.sandbox) pool.sandbox->paths.push_back(scratch.path().string());
  }
  std::vector<TestReport> reports;
  for (const TestPlan& test : plan.tests) {
    if (!asked(test.name)) continue;
    reports.push_back(run_stage_test(plan, test));
    if (options.done) options.done(reports.back());
  }
  return reports;
}

}  // namespace penstock
