#include "state/journal.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "catch.hpp"
#include "sample_journal.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using namespace std::chrono_literals;

// What the journal tells, waited for with a deadline.
class Told {
 public:
  std::function<void()> call() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++times_;
      changed_.notify_all();
    };
  }
  template <class Holds>
  bool until(Holds holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, holds);
  }
  bool so_often(std::uint64_t times) {
    return until([&] { return times_ == times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t times_ = 0;
};

// No file may grow beyond this.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  SizeLimit(const SizeLimit&) = delete;
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

JournalEntry letter(std::uint64_t n) {
  JournalEntry entry;
  entry.letters = {sample_letter("chunks:" + std::to_string(n))};
  entry.facts = {{"last", std::to_string(n)}};
  return entry;
}

JournalEntry large(std::uint64_t n) {
  JournalEntry entry = letter(n);
  entry.outputs = {{"totals", 0, n, 0, std::string(60'000, 'x'), 1}};
  return entry;
}

// How many letters there are, from the first one on without gaps and in order; and that what was
// written with the last of them is there.
std::uint64_t entries_in(const std::filesystem::path& folder) {
  auto file = JournalFile::open(folder, Database::Mode::read);
  REQUIRE(file.has_value());
  const JournalContent content = file->read().value();
  for (std::size_t i = 0; i < content.dead.size(); ++i) {
    REQUIRE(content.dead[i].second == "chunks:" + std::to_string(i + 1));
  }
  REQUIRE(content.fact("last") ==
          (content.dead.empty() ? "" : std::to_string(content.dead.size())));
  return content.dead.size();
}

TEST_CASE("what is handed over is stored in its order, and told") {
  const TemporaryFolder folder;
  Told told;
  Journal journal(JournalFile::create(folder.path(), {}).value(), told.call());
  CHECK(journal.stored() == 0);
  CHECK(told.so_often(0));
  CHECK(journal.put(letter(1)) == 1);
  REQUIRE(told.until([&] { return journal.stored() == 1; }));
  CHECK(entries_in(folder.path()) == 1);  // for others to read, while the run goes on

  std::uint64_t last = 0;
  for (std::uint64_t n = 2; n <= 500; ++n) {
    CHECK(journal.put(letter(n)) == n);
    const std::uint64_t stored = journal.stored();
    CHECK((stored >= last && stored <= n));
    last = stored;
  }
  REQUIRE(told.until([&] { return journal.stored() == 500; }));
  CHECK(entries_in(folder.path()) == 500);
  CHECK_FALSE(journal.failure());
  CHECK_FALSE(journal.full());
}

TEST_CASE("an entry that has to reach the disk is told like any other") {
  const TemporaryFolder folder;
  Told told;
  Journal journal(JournalFile::create(folder.path(), {}).value(), told.call());
  JournalEntry entry = letter(1);
  entry.sync = true;
  journal.put(std::move(entry));
  REQUIRE(told.until([&] { return journal.stored() == 1; }));
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("what comes while the journal is busy is stored together") {
  const TemporaryFolder folder;
  Told told;
  std::atomic<int> calls = 0;
  std::promise<void> entered;
  std::promise<void> gate;
  Journal journal(JournalFile::create(folder.path(), {}).value(), [&] {
    if (calls.fetch_add(1) == 0) {
      entered.set_value();
      gate.get_future().wait();
    }
    told.call()();
  });
  journal.put(letter(1));
  REQUIRE(entered.get_future().wait_for(20s) == std::future_status::ready);
  for (std::uint64_t n = 2; n <= 1'001; ++n) journal.put(letter(n));
  CHECK_FALSE(journal.full());
  journal.put(letter(1'002));
  CHECK(journal.full());  // and yet nobody waits
  CHECK(journal.stored() == 1);
  gate.set_value();
  REQUIRE(told.until([&] { return journal.stored() == 1'002; }));
  CHECK(calls == 2);
  CHECK_FALSE(journal.full());
}

TEST_CASE("closing stores what is left, in run.db itself") {
  const TemporaryFolder folder;
  Journal journal(JournalFile::create(folder.path(), {}).value(), [] {});
  for (std::uint64_t n = 1; n <= 300; ++n) journal.put(letter(n));
  REQUIRE(journal.close().has_value());
  CHECK(journal.stored() == 300);
  CHECK(std::filesystem::file_size(folder.path() / "run.db-wal") == 0);
  const TemporaryFolder other;
  std::filesystem::copy(folder.path() / "run.db", other.path());
  CHECK(entries_in(other.path()) == 300);
  CHECK(journal.close().has_value());
}

TEST_CASE("a journal that goes away stores what it was given first") {
  const TemporaryFolder folder;
  {
    Journal journal(JournalFile::create(folder.path(), {}).value(), [] {});
    for (std::uint64_t n = 1; n <= 300; ++n) journal.put(letter(n));
  }
  CHECK_FALSE(std::filesystem::exists(folder.path() / "run.db-wal"));
  CHECK(entries_in(folder.path()) == 300);
}

TEST_CASE("what cannot be written is told, and nothing follows what is missing") {
  const TemporaryFolder folder;
  std::uint64_t stored = 0;
  {
    Told told;
    Journal journal(JournalFile::create(folder.path(), {}).value(), told.call());
    std::uint64_t n = 0;
    {
      const SizeLimit limit(400 << 10);
      while (!journal.failure() && n < 100) {
        journal.put(large(++n));
        REQUIRE(told.until([&] { return journal.stored() == n || journal.failure(); }));
      }
    }
    stored = journal.stored();
    REQUIRE(journal.failure());
    CHECK(journal.failure()->status() == Status::lack);
    CHECK(journal.failure()->what() ==
          (folder.path() / "run.db").string() + ": disk I/O error: file too large");
    CHECK(stored > 0);
    CHECK(stored == n - 1);
    CHECK(told.so_often(n));

    // There is room again, and a gap would be there.
    for (int i = 0; i < 10; ++i) journal.put(letter(++n));
    const auto closed = journal.close();
    REQUIRE(closed.has_error());
    CHECK(closed.error().status() == Status::lack);
    CHECK(journal.stored() == stored);
  }
  CHECK(entries_in(folder.path()) == stored);
}

TEST_CASE("several entries of which one cannot be written are not stored, none of them") {
  const TemporaryFolder folder;
  Told told;
  std::promise<void> entered;
  std::promise<void> gate;
  bool first = true;
  Journal journal(JournalFile::create(folder.path(), {}).value(), [&] {
    if (std::exchange(first, false)) {
      entered.set_value();
      gate.get_future().wait();
    }
    told.call()();
  });
  journal.put(letter(1));
  REQUIRE(entered.get_future().wait_for(20s) == std::future_status::ready);
  {
    const SizeLimit limit(400 << 10);
    for (std::uint64_t n = 2; n <= 40; ++n) journal.put(large(n));
    gate.set_value();
    REQUIRE(told.until([&] { return journal.failure().has_value(); }));
  }
  CHECK(journal.stored() == 1);
  CHECK(entries_in(folder.path()) == 1);
}

TEST_CASE("a journal that has failed can go away while there is still no room") {
  const TemporaryFolder folder;
  std::uint64_t stored = 0;
  {
    const SizeLimit limit(400 << 10);
    Told told;
    Journal journal(JournalFile::create(folder.path(), {}).value(), told.call());
    for (std::uint64_t n = 1; n <= 40; ++n) journal.put(large(n));
    REQUIRE(told.until([&] { return journal.failure().has_value(); }));
    stored = journal.stored();
  }
  CHECK(entries_in(folder.path()) == stored);
}

}  // namespace
}  // namespace penstock
