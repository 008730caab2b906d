#include "state/journal_file.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>

#include "catch.hpp"
#include "sample_journal.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

using Catch::Contains;

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::string text_in(const std::filesystem::path& folder) {
  auto text = all_in(folder);
  return text ? *text : text.error().what();
}

// Where neither is refused for the same reason, what there is.
template <class T>
std::string refusal(const Result<T>& result) {
  if (!result) CHECK(result.error().status() == Status::refused);
  return result ? "none" : result.error().what();
}

std::string opening(const std::filesystem::path& folder) {
  const std::string read = refusal(JournalFile::open(folder, Database::Mode::read));
  CHECK(refusal(JournalFile::open(folder, Database::Mode::write)) == read);
  return read;
}

TEST_CASE("a new journal holds the facts of its run and nothing else") {
  const TemporaryFolder folder;
  CHECK_FALSE(JournalFile::exists(folder.path()).value());
  {
    auto file = JournalFile::create(folder.path(), {{"id", "7"}, {"plan", "a\nb"}}).value();
    CHECK(all_of(file).value() == "fact|id|7|\nfact|plan|a\nb|\n");
    CHECK(file.read().value().fact("id") == "7");
    CHECK(file.read().value().fact("none").empty());
  }
  CHECK(JournalFile::exists(folder.path()).value());
  CHECK(text_in(folder.path()) == "fact|id|7|\nfact|plan|a\nb|\n");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "run.db.new"));
}

TEST_CASE("all records come back as they were written, from this process and the next") {
  const TemporaryFolder folder;
  const std::string expected =
      "fact|id|7|\nfact|n|5|\nfact|stage5|fact|\n"
      "origin|stage5|ended" +
      std::string(2, '\0') +
      "|5|\norigin|totals.0.stage5||0|\n"
      "source|stage5|5|" +
      std::string("cur\0sor", 7) +
      "|\n"
      "account|stage5|5|2|3|4|5|6|18446744073709551615|\naccount||5|0|0|0|0|0|0|\n"
      "epoch|sink|0|5|" +
      sample_entry(5).epochs[1].items.encode() +
      "|\nepoch|stage5|2|5||\n"
      "mark|sink|0|5|0||\nmark|stage5|5|5|1|offset=7|\n"
      "output|stage5|0|5|0|" +
      std::string(100, 'o') +
      "|3|\noutput|stage5|0|5|3||1|\n"
      "dead|counts|chunks:5|\n" +
      to_json(sample_letter("chunks:5")) + "\n";
  {
    auto file = JournalFile::create(folder.path(), {{"id", "7"}}).value();
    REQUIRE(file.write({sample_entry(5)}, true).has_value());
    CHECK(all_of(file).value() == expected);
    REQUIRE(file.settle().has_value());
    CHECK(std::filesystem::file_size(folder.path() / "run.db-wal") == 0);
  }
  CHECK_FALSE(std::filesystem::exists(folder.path() / "run.db-wal"));
  CHECK(text_in(folder.path()) == expected);
}

TEST_CASE("what is written later takes the place of what has its name") {
  const TemporaryFolder folder;
  auto file = JournalFile::create(folder.path(), {}).value();
  JournalEntry one;
  one.facts = {{"state", "running"}};
  one.origins = {{"chunks", "a", 1}};
  one.sources = {{"chunks", 1, "s"}};
  one.accounts = {{"chunks", 1, 0, 0, 0, 0, 0, 0}};
  one.marks = {{"sink", 0, 1, false, "a"}, {"sink", 1, 1, false, "b"}};
  one.letters = {sample_letter("chunks:1")};
  JournalEntry two;
  two.facts = {{"state", "finished"}};
  two.origins = {{"chunks", "b", 2}};
  two.sources = {{"chunks", 2, "t"}};
  two.accounts = {{"chunks", 2, 0, 0, 0, 0, 0, 0}};
  two.marks = {{"sink", 0, 2, true, "c"}};
  two.letters = {sample_letter("chunks:1")};
  REQUIRE(file.write({one, two, {}}, false).has_value());
  CHECK(text_of(file.read().value()) ==
        "fact|state|finished|\norigin|chunks|b|2|\nsource|chunks|2|t|\n"
        "account|chunks|2|0|0|0|0|0|0|\nmark|sink|0|2|1|c|\nmark|sink|1|1|0|b|\n"
        "dead|counts|chunks:1|\n");
}

TEST_CASE("epochs and origins that are forgotten are gone, and no others") {
  const TemporaryFolder folder;
  auto file = JournalFile::create(folder.path(), {}).value();
  JournalEntry entry;
  entry.epochs = {{"sink", 0, 1, {}}, {"sink", 0, 2, {}}, {"sink", 1, 1, {}}, {"other", 0, 1, {}}};
  entry.origins = {{"chunks", "", 9}, {"totals.0.3", "", 1}, {"totals.0.4", "", 1}};
  entry.outputs = {{"totals", 0, 3, 0, "a", 1},
                   {"totals", 0, 3, 1, "b", 1},
                   {"totals", 0, 4, 0, "c", 1},
                   {"totals", 1, 3, 0, "d", 1},
                   {"totals.0", 3, 3, 0, "e", 1}};
  REQUIRE(file.write({entry}, false).has_value());
  JournalEntry later;
  later.forgotten_epochs = {{"sink", 0, 1}, {"none", 0, 1}};
  later.forgotten_origins = {"totals.0.3", "none"};
  REQUIRE(file.write({later}, false).has_value());
  CHECK(text_of(file.read().value()) ==
        "origin|chunks||9|\norigin|totals.0.4||1|\n"
        "epoch|other|0|1||\nepoch|sink|0|2||\nepoch|sink|1|1||\n"
        "output|totals|0|4|0|c|1|\noutput|totals|1|3|0|d|1|\noutput|totals.0|3|3|0|e|1|\n");
}

TEST_CASE("an entry may forget what it or one before it has written") {
  const TemporaryFolder folder;
  auto file = JournalFile::create(folder.path(), {}).value();
  JournalEntry one;
  one.epochs = {{"sink", 0, 1, {}}};
  JournalEntry two;
  two.epochs = {{"sink", 0, 2, {}}, {"sink", 0, 3, {}}};
  two.forgotten_epochs = {{"sink", 0, 1}, {"sink", 0, 2}};
  REQUIRE(file.write({one, two}, false).has_value());
  CHECK(text_of(file.read().value()) == "epoch|sink|0|3||\n");
}

TEST_CASE("letters that were replayed are gone, and what others hold is there byte by byte") {
  const TemporaryFolder folder;
  auto file = JournalFile::create(folder.path(), {}).value();
  JournalEntry entry;
  for (const char* item : {"a:1", "a:2", "a:3"}) {
    entry.letters.push_back(sample_letter(item));
    entry.letters.back().type = "bytes";
    entry.letters.back().content = std::string(item) + std::string("\0\xff", 2);
  }
  entry.letters.push_back(entry.letters[0]);
  entry.letters.back().stage = "other";
  entry.letters.back().content.clear();
  REQUIRE(file.write({entry}, false).has_value());
  CHECK(file.read_content(entry.letters[1]).value() == std::string("a:2\0\xff", 5));
  CHECK(file.read_content(entry.letters[3]).value().empty());

  JournalEntry later;
  later.letters = {entry.letters[1]};  // it failed again
  later.forgotten_letters = {{"counts", "a:1"}, {"counts", "a:9"}, {"nobody", "a:3"}};
  REQUIRE(file.write({later}, true).has_value());
  CHECK(file.read_content(entry.letters[0]).has_error());
  std::string left;
  const auto read = file.read_letters([&](const DeadLetter& letter) -> Result<void> {
    left += letter.stage + " " + letter.item + " " + letter.type + "\n";
    return {};
  });
  REQUIRE(read.has_value());
  CHECK(left == "counts a:3 bytes\nother a:1 bytes\ncounts a:2 bytes\n");
}

TEST_CASE("letters are read one by one, in their order, until somebody has enough") {
  const TemporaryFolder folder;
  auto file = JournalFile::create(folder.path(), {}).value();
  JournalEntry entry;
  for (const char* item : {"z:1", "a:2", "m:3"}) entry.letters.push_back(sample_letter(item));
  REQUIRE(file.write({entry}, false).has_value());
  std::string items;
  const auto read = file.read_letters([&](const DeadLetter& letter) -> Result<void> {
    items += letter.item + " ";
    if (letter.item == "a:2") return Error(Status::interrupted, "enough");
    return {};
  });
  CHECK(items == "z:1 a:2 ");
  REQUIRE(read.has_error());
  CHECK(read.error().status() == Status::interrupted);
}

TEST_CASE("the file and those beside it are for their owner alone, whatever the umask") {
  for (const mode_t mask : {0000, 0022, 0777}) {
    CAPTURE(mask);
    const TemporaryFolder folder;
    const mode_t before = ::umask(mask);
    auto file = JournalFile::create(folder.path(), {}).value();
    const auto written = file.write({sample_entry(1)}, false);
    ::umask(before);
    REQUIRE(written.has_value());
    for (const char* name : {"run.db", "run.db-wal", "run.db-shm"}) {
      CAPTURE(name);
      CHECK(mode_of(folder.path() / name) == 0600);
    }
  }
}

TEST_CASE("a new journal takes the place of all that is there of an old one") {
  const TemporaryFolder folder;
  const TemporaryFolder killed;  // with a log that nobody has put into its file
  {
    auto file = JournalFile::create(folder.path(), {}).value();
    REQUIRE(file.write({sample_entry(1)}, false).has_value());
    std::filesystem::copy(folder.path(), killed.path(), std::filesystem::copy_options::recursive);
  }
  REQUIRE(std::filesystem::file_size(killed.path() / "run.db-wal") > 0);
  std::ofstream(killed.path() / "run.db.new") << "half of one";
  auto file = JournalFile::create(killed.path(), {{"id", "8"}}).value();
  CHECK(all_of(file).value() == "fact|id|8|\n");
}

TEST_CASE("where no file can be made, the refusal says what to do") {
  const TemporaryFolder folder;
  const auto none = folder.path() / "none";
  CHECK(refusal(JournalFile::create(none, {})) ==
        (none / "run.db.new").string() + ": cannot be made: no such file or directory" +
            "; choose another folder with --state");
  CHECK_THAT(opening(none), Contains((none / "run.db").string()));
  CHECK_FALSE(JournalFile::exists(none).value());
}

TEST_CASE("somebody may read while a run writes, and sees whole entries") {
  const TemporaryFolder folder;
  auto writer = JournalFile::create(folder.path(), {{"n", "0"}}).value();
  REQUIRE(writer.write({sample_entry(0)}, false).has_value());
  auto reader = JournalFile::open(folder.path(), Database::Mode::read).value();
  CHECK(reader.read().value().fact("n") == "0");
  REQUIRE(writer.write({sample_entry(1)}, false).has_value());
  CHECK(reader.read().value().fact("n") == "1");
  CHECK(JournalFile::open(folder.path(), Database::Mode::read).value().read()->fact("n") == "1");

  std::atomic<bool> done = false;
  bool written = true;
  std::thread thread([&] {
    for (std::uint64_t n = 2; n < 400; ++n) {
      JournalEntry entry;
      entry.facts = {{"n", std::to_string(n)}};
      entry.accounts = {{"", n, 0, 0, 0, 0, 0, 0}};
      entry.marks = {{"sink", 0, n, false, ""}};
      written = written && writer.write({entry}, false).has_value();
    }
    done = true;
  });
  bool whole = true;
  std::string failed;
  while (!done) {
    const auto content = reader.read();
    if (!content) {
      failed = content.error().what();
      continue;
    }
    const std::string n = content->fact("n");
    const auto mark = std::find_if(content->marks.begin(), content->marks.end(),
                                   [](const MarkRecord& of) { return of.stage == "sink"; });
    whole = whole && mark != content->marks.end() && n == std::to_string(mark->number) &&
            n == std::to_string(content->accounts.back().done);
  }
  thread.join();
  CHECK(written);
  CHECK(failed.empty());
  CHECK(whole);
  CHECK(reader.read().value().fact("n") == "399");
}

}  // namespace
}  // namespace penstock
