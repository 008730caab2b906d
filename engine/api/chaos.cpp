#include "penstock/chaos.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "api/output_folder.hpp"
#include "api/scratch_folder.hpp"
#include "api/trial.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "state/journal_file.hpp"

namespace penstock {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

// Each kill may cost an item an attempt, which is no affair of its stage's `retry`. One that kills
// its worker itself has to come to its end as well.
constexpr unsigned kOwnAttempts = 3;
constexpr double kEngineShare = 0.5;  // of kills, where engines are killed too
// Workers that die one after the other before they have done anything end a run with status 4.
constexpr unsigned kWorkersInARow = 3;
constexpr nanoseconds kRecovered = std::chrono::milliseconds(500);  // after the last of them
constexpr unsigned kRoundsWithoutKill = 200;
constexpr nanoseconds kQuietLimit = std::chrono::hours(24);
constexpr nanoseconds kLeastPatience = std::chrono::seconds(60);
constexpr std::size_t kShownLog = 4000;

double seconds_of(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The last lines that a run wrote to stderr.
std::string last_words(const fs::path& log) {
  std::string text = text_of(log);
  if (text.size() > kShownLog) text = "…" + text.substr(text.size() - kShownLog);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// What is held against what of a summary: the account, of the run and of each stage, as text.
std::vector<std::string> account_of(const fs::path& summary) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text_of(summary), error);
  if (error || !value.is_object()) return {"no summary"};
  const auto numbers = [](const boost::json::object& object) {
    std::string text;
    for (const char* name : {"in", "done", "dead", "pending", "skipped", "handled"}) {
      text += std::string(text.empty() ? "" : " ") + name + '=';
      text += boost::json::serialize(object.at(name));
    }
    return text;
  };
  std::vector<std::string> account{"items: " + numbers(value.as_object())};
  for (const boost::json::value& stage : value.at("stages").as_array()) {
    account.push_back("stage `" + std::string(stage.at("name").as_string()) +
                      "`: " + numbers(stage.as_object()));
  }
  return account;
}

// Whether the run that was killed had nothing left to do: one more would begin anew.
bool is_finished(const fs::path& state) {
  const auto there = JournalFile::exists(state);
  if (!there || !*there) return false;
  auto journal = Database::open(state / JournalFile::kName, Database::Mode::read);
  if (!journal) return false;
  const auto fact = journal->value("SELECT value FROM run WHERE name = 'state'");
  return fact && *fact == Cell("finished");
}

class Chaos {
 public:
  explicit Chaos(const ChaosOptions& options) : options_(options), chance_(options.seed) {}

  ChaosReport run();

 private:
  // Where one run, and those that go on with it, write.
  struct Place {
    fs::path folder;
    fs::path state() const { return folder / "state"; }
    fs::path outputs() const { return folder / "outputs"; }
    fs::path summary() const { return folder / "summary.json"; }
    fs::path log() const { return folder / "stderr"; }
  };

  Place place(const std::string& name) const { return {scratch_.path() / name}; }
  std::vector<std::string> words(const Place& place) const;
  void say(const std::string& line) const {
    if (options_.say) options_.say(line);
  }

  void run_quietly(const Place& place);
  void run_under_fire(const Place& place);
  enum class End { by_itself, killed, too_late };
  End outlive(Trial& trial);
  bool strike(Trial& trial, unsigned& workers_in_a_row);
  nanoseconds moment();
  nanoseconds patience() const { return std::max(kLeastPatience, 20 * quiet_time_); }
  std::vector<std::string> other_accounts(const Place& found) const;
  std::map<std::string, std::string> other_outputs(const Place& found) const;
  void compare(const Place& found);

  const ChaosOptions& options_;
  ScratchFolder scratch_{"penstock-chaos"};
  std::mt19937_64 chance_;
  nanoseconds quiet_time_{0};
  int quiet_status_ = 0;
  ChaosReport report_;
};

std::vector<std::string> Chaos::words(const Place& place) const {
  std::vector<std::string> words{"run", options_.file};
  words.insert(words.end(), options_.words.begin(), options_.words.end());
  for (const std::string& word :
       {std::string("--resume"), std::string("--progress"), std::string("none"),
        std::string("--attempts"), std::to_string(options_.kills + kOwnAttempts),
        std::string("--state"), place.state().string(), std::string("--outputs"),
        place.outputs().string(), std::string("--summary"), place.summary().string()}) {
    words.push_back(word);
  }
  return words;
}

void Chaos::run_quietly(const Place& place) {
  fs::create_directory(place.folder);
  const nanoseconds began = steady_clock().now();
  Trial trial = Trial::start(words(place), place.log()).value();
  trial.wait(kQuietLimit);
  quiet_time_ = steady_clock().now() - began;
  quiet_status_ = trial.status();
  if (quiet_status_ > static_cast<int>(Status::dead)) {
    throw Error(Status::refused, "without any chaos it ends with status " +
                                     std::to_string(quiet_status_) + ":\n" +
                                     last_words(place.log()));
  }
  if (account_of(place.summary()).front().starts_with("items: in=0 ")) {
    throw Error(Status::refused, options_.file +
                                     ": it has no items here, so that nothing could be lost "
                                     "(there is nothing on standard input)");
  }
}

// Some time after the start, or after the kill before, at most half of what all of it takes.
nanoseconds Chaos::moment() {
  return nanoseconds(
      std::uniform_int_distribution<std::int64_t>(0, quiet_time_.count() / 2)(chance_));
}

// False: nothing could be killed. An engine that was has ended.
bool Chaos::strike(Trial& trial, unsigned& workers_in_a_row) {
  if (options_.engine && std::bernoulli_distribution(kEngineShare)(chance_)) {
    trial.kill();
    ++report_.engine_kills;
  } else if (workers_in_a_row >= kWorkersInARow || !trial.kill_worker(chance_())) {
    return false;
  } else {
    ++workers_in_a_row;
  }
  ++report_.kills;
  return true;
}

// Until it has ended, is killed itself, or has had more time than it could need.
Chaos::End Chaos::outlive(Trial& trial) {
  const nanoseconds began = steady_clock().now();
  unsigned workers_in_a_row = 0;
  for (nanoseconds last = began; report_.kills < options_.kills;) {
    if (trial.wait(moment())) return End::by_itself;
    const unsigned engines = report_.engine_kills;
    if (strike(trial, workers_in_a_row) && report_.engine_kills > engines) return End::killed;
    const nanoseconds now = steady_clock().now();
    if (now - began > patience()) return End::too_late;
    if (now - last > kRecovered) workers_in_a_row = 0;
    last = now;
  }
  return trial.wait(patience()) ? End::by_itself : End::too_late;
}

void Chaos::run_under_fire(const Place& place) {
  fs::create_directory(place.folder);
  for (;;) {
    Trial trial = Trial::start(words(place), place.log()).value();
    const End end = outlive(trial);
    if (end == End::killed && !is_finished(place.state())) continue;
    std::string what;
    if (end == End::too_late) {
      const auto time = std::chrono::duration_cast<std::chrono::seconds>(patience());
      what = "it had not ended after " + duration_text(time) + ", and was killed";
    } else if (end == End::by_itself && trial.status() != quiet_status_) {
      what = "the status is " + std::to_string(trial.status()) + ", quietly it is " +
             std::to_string(quiet_status_);
    }
    if (!what.empty()) {
      report_.differences.push_back(what + "; the last lines:\n" + last_words(place.log()));
    }
    return;
  }
}

// What the accounts say that is not as in the quiet run.
std::vector<std::string> Chaos::other_accounts(const Place& found) const {
  const Place quiet = place("quiet");
  std::vector<std::string> differences;
  const auto expected = account_of(quiet.summary());
  const auto got = account_of(found.summary());
  // An engine that was killed as its last act has finished all, and told nobody.
  const bool told = fs::exists(found.summary()) || !is_finished(found.state());
  for (std::size_t i = 0; told && i < std::max(expected.size(), got.size()); ++i) {
    const std::string is = i < got.size() ? got[i] : "nothing";
    const std::string was = i < expected.size() ? expected[i] : "nothing";
    if (is != was) differences.push_back(is + ", quietly it is " + was);
  }
  return differences;
}

// Files that are not as in the quiet run, and what differs.
std::map<std::string, std::string> Chaos::other_outputs(const Place& found) const {
  const Place quiet = place("quiet");
  std::map<std::string, std::string> differences;
  const auto& skipped = report_.not_compared;
  std::set<std::string> files;
  for (const Place& one : {quiet, found}) {
    for (std::string& file : files_below(one.outputs())) files.insert(std::move(file));
  }
  for (const std::string& file : files) {
    if (std::find(skipped.begin(), skipped.end(), file) != skipped.end()) continue;
    if (const auto other = difference(quiet.outputs() / file, found.outputs() / file)) {
      differences.emplace(file, *other);
    }
  }
  return differences;
}

void Chaos::compare(const Place& found) {
  report_.differences = other_accounts(found);
  for (const auto& [file, other] : other_outputs(found)) {
    report_.differences.push_back("output " + file + ": " + other);
  }
}

ChaosReport Chaos::run() {
  const nanoseconds began = steady_clock().now();
  run_quietly(place("again"));
  run_quietly(place("quiet"));
  // What is not the same each time cannot be held against anything.
  if (const auto other = other_accounts(place("again")); !other.empty()) {
    throw Error(Status::refused, "two runs without any chaos differ already: " + other.front());
  }
  for (const auto& [file, other] : other_outputs(place("again"))) {
    report_.not_compared.push_back(file);
  }
  say("quiet   " + account_of(place("quiet").summary()).front() + ", in " +
      duration_text(std::chrono::duration_cast<std::chrono::milliseconds>(quiet_time_)));
  for (const std::string& file : report_.not_compared) {
    say("output " + file + " is another one each time, and is not compared");
  }
  unsigned in_vain = 0;
  while (report_.kills < options_.kills && report_.differences.empty()) {
    const unsigned kills = report_.kills;
    const unsigned engines = report_.engine_kills;
    const Place here = place("round-" + std::to_string(++report_.rounds));
    run_under_fire(here);
    // One that did not come to its end has its own reason for everything else.
    if (report_.differences.empty()) compare(here);
    const unsigned killed = report_.kills - kills;
    say("round " + std::to_string(report_.rounds) + "  " + std::to_string(killed) +
        (killed == 1 ? " kill" : " kills") +
        (options_.engine ? ", " + std::to_string(report_.engine_kills - engines) + " of the engine"
                         : "") +
        (report_.differences.empty() ? ": as without" : ": not as without"));
    in_vain = killed == 0 ? in_vain + 1 : 0;
    if (in_vain >= kRoundsWithoutKill) {
      throw Error(Status::refused, "it ends too soon to be hit; give it more to do");
    }
    std::error_code ignored;
    if (report_.differences.empty()) fs::remove_all(here.folder, ignored);
  }
  if (!report_.differences.empty()) {
    scratch_.keep();
    report_.folder = scratch_.path().string();
  }
  report_.seconds = seconds_of(steady_clock().now() - began);
  return std::move(report_);
}

}  // namespace

ChaosReport run_chaos(const ChaosOptions& options) {
  return Chaos(options).run();
}

}  // namespace penstock
