#include "api/replay.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "api/engine.hpp"
#include "api/partial_files.hpp"
#include "api/replay_book.hpp"
#include "api/shared_objects.hpp"
#include "plan/replay.hpp"
#include "state/folder.hpp"

namespace penstock {
namespace {

// The fact whether sinks have finished what they were given by a replay.
constexpr const char* kOutputs = "outputs";
constexpr const char* kOpen = "open";

Entrance entrance_of(const DeadLetter& letter) {
  return {letter.stage, letter.input, letter.type};
}

// The letters as items of a source. Each is read when its turn comes.
class Letters final : public EngineSource {
 public:
  Letters(Run& run, JournalFile& file, const std::vector<DeadLetter>& letters,
          const std::map<Entrance, std::uint16_t>& outputs)
      : run_(run), file_(file), letters_(letters), outputs_(outputs) {}

  bool next(Payload& payload) override {
    if (over()) return false;
    const DeadLetter& letter = letters_[next_];
    auto bytes = file_.read_content(letter);
    if (!bytes) return fail(bytes.error());
    output_ = outputs_.at(entrance_of(letter));
    if (run_.state().router.keyed(ReplayPlan::kSource, output_)) {
      const auto size = static_cast<std::uint16_t>(letter.key.size());
      *bytes += letter.key;
      bytes->append(reinterpret_cast<const char*>(&size), sizeof size);
    }
    auto kept = run_.keep(std::as_bytes(std::span(*bytes)));
    if (!kept) return fail(kept.error());
    payload = *kept;
    ++next_;
    return true;
  }
  bool over() const override { return next_ == letters_.size(); }
  std::uint16_t output() const override { return output_; }
  const std::string& problem() const override { return problem_; }

 private:
  bool fail(const Error& error) {
    problem_ = error.what();
    next_ = letters_.size();
    return false;
  }

  Run& run_;
  JournalFile& file_;
  const std::vector<DeadLetter>& letters_;
  const std::map<Entrance, std::uint16_t>& outputs_;
  std::size_t next_ = 0;
  std::uint16_t output_ = 0;
  std::string problem_;
};

class Replay {
 public:
  Replay(const std::filesystem::path& folder, const Plan& plan, const ReplayOptions& options)
      : options_(options), folder_(StateFolder::open(folder).value()), plan_(plan) {}

  Report run(bool trial);

 private:
  void read();
  JournalContent marks() const;
  std::set<std::string> sinks_left_open() const;
  Result<void> write(Run& run, bool over);

  const ReplayOptions& options_;
  const StateFolder folder_;
  const Plan& plan_;
  std::optional<JournalFile> file_;
  ReplayBook book_;
  ReplayPlan replay_;
};

void Replay::read() {
  const std::string where = folder_.path().string() + ": ";
  if (!JournalFile::exists(folder_.path()).value()) {
    throw Error(Status::refused, where +
                                     "no run has been here; name the folder of the run with "
                                     "--state");
  }
  file_ = JournalFile::open(folder_.path(), Database::Mode::write).value();
  JournalContent content = file_->read().value();
  if (content.fact("state") == "unfinished") {
    throw Error(
        Status::refused,
        where + "the run in there is not finished: `penstock run --resume` goes on with it");
  }
  book_.read(*file_, std::move(content), options_.items);
  if (book_.letters().empty() && book_.content().fact(kOutputs) != kOpen) {
    throw Error(Status::refused, where + "no item was given up");
  }
}

// All, where a replay may have kept some from finishing what was given to them.
std::set<std::string> Replay::sinks_left_open() const {
  std::set<std::string> names;
  if (book_.content().fact(kOutputs) != kOpen) return names;
  for (const StagePlan& stage : plan_.stages) {
    if (stage.task.kind == TaskKind::sink && !stage.callback) names.insert(stage.name);
  }
  return names;
}

// From where sinks go on.
JournalContent Replay::marks() const {
  JournalContent marks;
  for (const MarkRecord& mark : book_.content().marks) {
    for (const StagePlan& stage : replay_.plan.stages) {
      if (stage.name != mark.stage || stage.instance != mark.instance) continue;
      if (stage.task.kind == TaskKind::sink) marks.marks.push_back(mark);
    }
  }
  return marks;
}

Report Replay::run(bool trial) {
  read();
  std::set<Entrance> entrances;
  for (const DeadLetter& letter : book_.letters()) entrances.insert(entrance_of(letter));
  const std::set<std::string> also = trial ? std::set<std::string>() : sinks_left_open();
  replay_ = replay_plan(plan_, {entrances.begin(), entrances.end()}, also, trial).value();

  Engine engine(folder_.lock());
  RunSetup setup;
  setup.handle_signals = options_.handle_signals;
  setup.observer = options_.observer;
  setup.id_of_root = [this](const Item& item) { return book_.letters()[item.number - 1].item; };
  setup.keep_letter = [this](DeadLetter letter) { book_.given_up(std::move(letter)); };
  std::optional<Run> run;
  if (!trial) {
    setup.id = book_.content().fact("id");  // by which a data base knows what it has of this run
    setup.adds = true;
    setup.before_finish = [&] { return write(*run, false); };
  }
  share_objects(replay_.plan, engine, setup).value();
  run.emplace(engine.loop(), engine.keeper(), engine.symbolizer(), replay_.plan, nullptr, setup);
  run->state().ledger.on_settled = [](const Item&) {};  // so that it keeps these accounts
  if (!trial) run->resume(marks()).value();
  Letters source(*run, *file_, book_.letters(), replay_.outputs);
  run->attach(ReplayPlan::kSource, source);
  run->on_root_ended([this](const Item& item) { book_.ended(item.number, item.stage); });
  Report report = run->execute().value();
  if (was_stopped(report.status)) {
    report.resumable = !trial;
    report.partial = partial_files(plan_);
  }
  if (trial) return report;
  write(*run, report.status == Status::done || report.status == Status::dead).value();
  file_->settle().value();
  if (report.letters > 0) report.dead_letters = (folder_.path() / JournalFile::kName).string();
  return report;
}

// Before outputs are finished, because they cannot be cut back then; and again when more is known.
Result<void> Replay::write(Run& run, bool over) {
  auto made = book_.entry(run);
  if (!made) return made.error();
  made->facts.emplace_back(kOutputs, over ? "finished" : kOpen);
  return file_->write({*made}, true);
}

}  // namespace

Report run_replay(const std::filesystem::path& state_folder, const Plan& plan, bool trial,
                  const ReplayOptions& options) {
  return Replay(state_folder, plan, options).run(trial);
}

}  // namespace penstock
