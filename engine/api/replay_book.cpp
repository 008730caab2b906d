#include "api/replay_book.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "plan/replay.hpp"
#include "spec/finding.hpp"

namespace penstock {
namespace {

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

}  // namespace

void ReplayBook::read(JournalFile& file, JournalContent content,
                      const std::vector<std::string>& items) {
  content_ = std::move(content);
  const std::set<std::string> asked(items.begin(), items.end());
  std::set<std::string> missing = asked;
  file.read_letters([&](DeadLetter letter) -> Result<void> {
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
}

void ReplayBook::given_up(DeadLetter letter) {
  const Name name = name_of(letter);
  given_up_[name] = std::move(letter);
}

void ReplayBook::add_letters(JournalEntry& entry) const {
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
}

Result<JournalEntry> ReplayBook::entry(Run& run) const {
  JournalEntry entry;
  entry.sync = true;
  add_letters(entry);
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
std::set<std::string> ReplayBook::not_ended() const {
  std::set<std::string> beginnings;
  for (std::size_t i = 0; i < letters_.size(); ++i) {
    if (ended_.contains(i + 1)) continue;
    beginnings.insert(letters_[i].item + '/' + letters_[i].stage + ':');
  }
  return beginnings;
}

// Of a letter that the replay has made: that of the letter which it came from, and on.
std::string ReplayBook::path_of(const DeadLetter& letter) const {
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
std::uint64_t ReplayBook::roots_done() const {
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

void ReplayBook::add_accounts(Run& run, JournalEntry& entry) const {
  std::map<std::string, AccountRecord> accounts;
  for (const AccountRecord& account : content_.accounts) accounts[account.stage] = account;
  const auto account_name = [](const StagePlan& stage) {
    return stage.partitioned ? stage.name + "." + std::to_string(stage.instance) : stage.name;
  };
  for (const auto& [number, stage] : ended_) {  // they come again, and are counted then
    AccountRecord& account = accounts[account_name(*run.state().stages[stage].plan)];
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

}  // namespace penstock
