#include "api/replay.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "api/engine.hpp"
#include "api/partial_files.hpp"
#include "api/shared_objects.hpp"
#include "base/utf8.hpp"
#include "plan/replay.hpp"
#include "run/run.hpp"
#include "spec/finding.hpp"
#include "state/folder.hpp"
#include "state/journal_file.hpp"

namespace penstock {
namespace {

// The fact whether sinks have finished what they were given by a replay.
constexpr const char* kOutputs = "outputs";
constexpr const char* kOpen = "open";

// The source items that it was made from: "rows:17/parse:0" from "rows:17". What several have made
// has a line of its path for each.
std::vector<std::string> roots_of(const DeadLetter& letter) {
  std::vector<std::string> roots;
  for (std::size_t at = 0; at < letter.path.size();) {
    const std::size_t end = std::min(letter.path.find('\n', at), letter.path.size());
    std::string root = letter.path.substr(at, std::min(letter.path.find('/', at), end) - at);
    const std::size_t edge = root.find('@');  // on which it came to its stage
    if (edge < root.find(':')) root.erase(edge, root.find(':') - edge);
    roots.push_back(std::move(root));
    at = end + 1;
  }
  return roots;
}

bool is_made_from(const std::set<std::string>& beginnings, const std::string& item) {
  for (std::size_t at = item.find('/'); at != std::string::npos; at = item.find('/', at + 1)) {
    if (beginnings.contains(item.substr(0, item.find(':', at) + 1))) return true;
  }
  return false;
}

// A letter's stage, item and input: the same item may come to a stage by several of these.
using Name = std::tuple<std::string, std::string, std::string>;

Name name_of(const DeadLetter& letter) {
  return {letter.stage, letter.item, letter.input};
}

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
  Result<JournalEntry> entry(Run& run) const;
  std::set<std::string> not_ended() const;
  void add_accounts(Run& run, JournalEntry& entry) const;
  std::string path_of(const DeadLetter& letter) const;
  std::uint64_t roots_done() const;

  const ReplayOptions& options_;
  const StateFolder folder_;
  const Plan& plan_;
  std::optional<JournalFile> file_;
  JournalContent content_;
  std::vector<DeadLetter> letters_;            // to be replayed, without their content
  std::map<std::string, std::string> paths_;   // of their items
  std::multiset<std::string> roots_;           // of all letters there are
  std::map<std::uint64_t, StageIndex> ended_;  // by their number, from 1: the stage they came to
  std::map<Name, DeadLetter> given_up_;        // again, or further down
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
  content_ = file_->read().value();
  if (content_.fact("state") == "unfinished") {
    throw Error(
        Status::refused,
        where + "the run in there is not finished: `penstock run --resume` goes on with it");
  }
  const std::set<std::string> asked(options_.items.begin(), options_.items.end());
  std::set<std::string> missing = asked;
  file_
      ->read_letters([&](DeadLetter letter) -> Result<void> {
        for (std::string& root : roots_of(letter)) roots_.insert(std::move(root));
        missing.erase(letter.item);  // it may have been given up by several stages
        if (!asked.empty() && !asked.contains(letter.item)) return {};
        if (letter.type.empty()) {
          return Error(Status::refused,
                       "item " + letter.item + " is too large: its content has not been kept");
        }
        letter.content.clear();
        letter.payload.clear();
        paths_[letter.item] = letter.path;
        letters_.push_back(std::move(letter));
        return {};
      })
      .value();
  if (!missing.empty()) {
    throw Error(Status::refused, "no item " + ticked(printable(*missing.begin())) +
                                     " was given up; `penstock dead list` shows those that were");
  }
  if (letters_.empty() && content_.fact(kOutputs) != kOpen) {
    throw Error(Status::refused, where + "no item was given up");
  }
}

// All, where a replay may have kept some from finishing what was given to them.
std::set<std::string> Replay::sinks_left_open() const {
  std::set<std::string> names;
  if (content_.fact(kOutputs) != kOpen) return names;
  for (const StagePlan& stage : plan_.stages) {
    if (stage.task.kind == TaskKind::sink && !stage.callback) names.insert(stage.name);
  }
  return names;
}

// From where sinks go on.
JournalContent Replay::marks() const {
  JournalContent marks;
  for (const MarkRecord& mark : content_.marks) {
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
  for (const DeadLetter& letter : letters_) entrances.insert(entrance_of(letter));
  const std::set<std::string> also = trial ? std::set<std::string>() : sinks_left_open();
  replay_ = replay_plan(plan_, {entrances.begin(), entrances.end()}, also, trial).value();

  Engine engine(folder_.lock());
  RunSetup setup;
  setup.handle_signals = options_.handle_signals;
  setup.observer = options_.observer;
  setup.id_of_root = [this](const Item& item) { return letters_[item.number - 1].item; };
  setup.keep_letter = [this](DeadLetter letter) { given_up_[name_of(letter)] = std::move(letter); };
  std::optional<Run> run;
  if (!trial) {
    setup.id = content_.fact("id");  // by which a data base knows what it has of this run
    setup.adds = true;
    setup.before_finish = [&] { return write(*run, false); };
  }
  share_objects(replay_.plan, engine, setup).value();
  run.emplace(engine.loop(), engine.keeper(), engine.symbolizer(), replay_.plan, nullptr, setup);
  run->state().ledger.on_settled = [](const Item&) {};  // so that it keeps these accounts
  if (!trial) run->resume(marks()).value();
  Letters source(*run, *file_, letters_, replay_.outputs);
  run->attach(ReplayPlan::kSource, source);
  run->on_root_ended([this](const Item& item) { ended_[item.number] = item.stage; });
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
  auto made = entry(run);
  if (!made) return made.error();
  made->facts.emplace_back(kOutputs, over ? "finished" : kOpen);
  return file_->write({*made}, true);
}

// What the journal has to know of it, in one piece.
Result<JournalEntry> Replay::entry(Run& run) const {
  JournalEntry entry;
  entry.sync = true;
  std::map<Name, const DeadLetter*> before;
  for (std::size_t i = 0; i < letters_.size(); ++i) {
    const DeadLetter& letter = letters_[i];
    before[name_of(letter)] = &letter;
    if (!ended_.contains(i + 1) || given_up_.contains(name_of(letter))) continue;
    entry.forgotten_letters.emplace_back(letter.stage, letter.path);
  }
  const std::set<std::string> to_come = not_ended();
  for (const auto& [name, again] : given_up_) {
    if (is_made_from(to_come, again.item)) continue;
    DeadLetter letter = again;
    letter.path = path_of(again);
    if (const auto old = before.find(name); old != before.end()) {
      letter.attempts = old->second->attempts;
      letter.attempts.insert(letter.attempts.end(), again.attempts.begin(), again.attempts.end());
    }
    entry.letters.push_back(std::move(letter));
  }
  for (const StageState& stage : run.state().stages) {
    const Checkpoint& mark = stage.pinned.mark;
    if (!stage.is(TaskKind::sink) || !mark.taken) continue;
    auto answer = run.state().read(mark.payload, UINT64_MAX);
    if (!answer) return answer.error();
    entry.marks.push_back({stage.plan->name, stage.plan->instance, mark.number, false, *answer});
  }
  add_accounts(run, entry);
  return entry;
}

// Those with which an interrupted replay will have to begin again; as ids of what they make begin.
std::set<std::string> Replay::not_ended() const {
  std::set<std::string> beginnings;
  for (std::size_t i = 0; i < letters_.size(); ++i) {
    if (ended_.contains(i + 1)) continue;
    beginnings.insert(letters_[i].item + '/' + letters_[i].stage + ':');
  }
  return beginnings;
}

// Of a letter that the replay has made: that of the letter which it came from, and on.
std::string Replay::path_of(const DeadLetter& letter) const {
  for (std::size_t end = letter.item.size(); end != std::string::npos;
       end = end == 0 ? std::string::npos : letter.item.rfind('/', end - 1)) {
    const auto from = paths_.find(letter.item.substr(0, end));
    if (from == paths_.end()) continue;
    const std::string rest = letter.item.substr(end);
    if (rest.empty()) return from->second;
    std::string path = from->second;
    for (std::size_t line = path.find('\n'); line != std::string::npos;
         line = path.find('\n', line + rest.size() + 1)) {
      path.insert(line, rest);
    }
    return path + rest + (letter.input.empty() ? "" : "@" + letter.input);
  }
  return letter.item;
}

// Source items of which nothing is given up any more.
std::uint64_t Replay::roots_done() const {
  std::multiset<std::string> left = roots_;
  for (const auto& [number, stage] : ended_) {
    for (const std::string& root : roots_of(letters_[number - 1])) left.erase(left.find(root));
  }
  for (const auto& [name, again] : given_up_) {
    DeadLetter letter = again;
    letter.path = path_of(again);
    for (std::string& root : roots_of(letter)) left.insert(std::move(root));
  }
  const std::set<std::string> before(roots_.begin(), roots_.end());
  return static_cast<std::uint64_t>(std::count_if(
      before.begin(), before.end(), [&](const std::string& root) { return !left.contains(root); }));
}

void Replay::add_accounts(Run& run, JournalEntry& entry) const {
  std::map<std::string, AccountRecord> accounts;
  for (const AccountRecord& account : content_.accounts) accounts[account.stage] = account;
  const auto account_name = [](const StagePlan& stage) {
    return stage.partitioned ? stage.name + "." + std::to_string(stage.instance) : stage.name;
  };
  for (const auto& [number, stage] : ended_) {  // they come again, and are counted then
    AccountRecord& account = accounts[account_name(replay_.plan.stages[stage])];
    account.dead -= std::min<std::uint64_t>(account.dead, 1);
  }
  const Ledger& ledger = run.state().ledger;
  for (const StageState& stage : run.state().stages) {
    if (stage.index == ReplayPlan::kSource || stage.is_callback()) continue;
    AccountRecord& account = accounts[account_name(*stage.plan)];
    // Of what comes again after an interruption, nothing counts.
    const Account& more = ledger.settled(stage.index);
    account.done += more.done;
    account.dead += more.dead;
    account.skipped += more.skipped;
    account.handled += more.handled;
    account.retried += ledger.stage(stage.index).retried;
    account.ran += stage.ran;
    account.nanos += stage.busy_ns;
  }
  AccountRecord& whole = accounts[""];
  const std::uint64_t done = std::min(roots_done(), whole.dead);
  whole.done += done;
  whole.dead -= done;
  whole.retried += ledger.run().retried;
  for (auto& [stage, account] : accounts) {
    account.stage = stage;
    entry.accounts.push_back(account);
  }
}

}  // namespace

Report run_replay(const std::filesystem::path& state_folder, const Plan& plan, bool trial,
                  const ReplayOptions& options) {
  return Replay(state_folder, plan, options).run(trial);
}

}  // namespace penstock
