// What a disk, a hand or a death in the middle can do to run.db: it is refused with its name, or
// nothing that was written is lost.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.hpp"
#include "catch.hpp"
#include "sample_journal.hpp"
#include "state/journal_file.hpp"
#include "temporary_folder.hpp"

namespace penstock {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr std::uint64_t kPage = 4096;

// A folder with a journal that was closed well.
class Closed {
 public:
  Closed() {
    auto file = JournalFile::create(folder_.path(), {{"id", "7"}}).value();
    for (std::uint64_t n = 1; n < 5; ++n)
      REQUIRE(file.write({sample_entry(n, 300)}, false).has_value());
    JournalEntry forgets;  // so that some pages are free
    forgets.forgotten_origins = {"stage1.0.1"};
    forgets.forgotten_epochs = {{"sink", 0, 2}};
    REQUIRE(file.write({forgets}, true).has_value());
    expected = all_of(file).value();
  }

  const fs::path& path() const { return folder_.path(); }
  fs::path file() const { return path() / "run.db"; }
  // Reading gives what was written, or is refused with the name of the file.
  bool honest() {
    const auto read = all_in(path());
    if (read) return *read == expected;
    ++refused;
    return read.error().status() == Status::refused &&
           std::string(read.error().what()).find(file().string() + ": ") == 0;
  }
  std::string refusal() const {
    const auto read = all_in(path());
    if (read) return *read == expected ? "none" : "something else was read";
    CHECK(read.error().status() == Status::refused);
    const std::string text = read.error().what();
    const auto written = JournalFile::open(path(), Database::Mode::write);
    if (!written) CHECK(written.error().what() == text);
    return text;
  }

  std::string expected;
  std::size_t refused = 0;

 private:
  TemporaryFolder folder_;
};

void put(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string existing(const fs::path& folder) {
  const auto exists = JournalFile::exists(folder);
  if (exists) return *exists ? "yes" : "no";
  CHECK(exists.error().status() == Status::refused);
  return exists.error().what();
}

TEST_CASE("what is no file, or an empty one, is refused before it is opened") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "run.db";
  const std::string damaged = path.string() + ": damaged: ";

  put(path, "");
  CHECK(existing(folder.path()) == damaged + "it is empty");
  CHECK(all_in(folder.path()).error().what() == damaged + "it is no journal of penstock");

  fs::remove(path);
  fs::create_symlink("/dev/null", path);
  CHECK(existing(folder.path()) == damaged + "it is a link, which penstock never makes");
  fs::remove(path);
  fs::create_symlink("nowhere", path);
  CHECK(existing(folder.path()) == damaged + "it is a link, which penstock never makes");

  fs::remove(path);
  fs::create_directory(path);
  CHECK(existing(folder.path()) == damaged + "it is not a file");
  CHECK_THAT(all_in(folder.path()).error().what(), Contains(path.string() + ": "));

  put(folder.path() / "plain", "x");
  CHECK_THAT(existing(folder.path() / "plain"), Contains("plain/run.db: damaged: "));
}

TEST_CASE("a file of something else is refused") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "run.db";
  const auto refusal = [&](const std::string& content) -> std::string {
    put(path, content);
    const auto read = all_in(folder.path());
    REQUIRE(read.has_error());
    CHECK(read.error().status() == Status::refused);
    return read.error().what();
  };
  const std::string damaged = path.string() + ": damaged: ";
  CHECK(refusal("x") == damaged + "it is no journal of penstock");
  CHECK(refusal("hello, world\n") == path.string() + ": file is not a database");
  CHECK(refusal(std::string(100'000, 'x')) == path.string() + ": file is not a database");
  CHECK_THAT(refusal(std::string(100'000, '\0')), Contains(path.string() + ": "));
  CHECK_THAT(refusal("SQLite format 3"), Contains(path.string() + ": "));

  fs::remove(path);
  put(path, "");
  REQUIRE(Database::open(path, Database::Mode::write)
              ->execute("CREATE TABLE run(name, value)")
              .has_value());
  CHECK(refusal(content_of(path)) == damaged + "it is no journal of penstock");
}

TEST_CASE("a journal of a newer version is refused, whatever else is in it") {
  const Closed closed;
  const auto become = [&](const std::string& sql) {
    REQUIRE(Database::open(closed.file(), Database::Mode::write)->execute(sql).has_value());
  };
  become("PRAGMA user_version = 2; DROP TABLE mark");
  CHECK(closed.refusal() == closed.file().string() +
                                ": it was written by a newer penstock (version 2 of the state "
                                "folder, and this one knows 1)");
  become("PRAGMA user_version = 1");
  CHECK(closed.refusal() == closed.file().string() + ": no such table: mark");
}

TEST_CASE("rows that a hand has changed are refused, each with its table") {
  for (const char* table :
       {"run", "origin", "source", "account", "mark", "epoch", "output", "dead"}) {
    CAPTURE(table);
    const Closed closed;
    REQUIRE(closed.refusal() == "none");
    REQUIRE(Database::open(closed.file(), Database::Mode::write)
                ->execute(std::string("UPDATE ") + table + " SET sum = sum + 1")
                .has_value());
    CHECK_THAT(closed.refusal(),
               Contains(closed.file().string() + ": damaged: row ") &&
                   Contains(std::string(" of table `") + table + "` is not what was written"));
  }
}

TEST_CASE("rows whose checksum is right and whose values are not are refused") {
  const auto refusal = [](const char* table, const Row& row) {
    const Closed closed;
    REQUIRE(Database::open(closed.file(), Database::Mode::write)->put(table, row).has_value());
    const std::string text = closed.refusal();
    CHECK_THAT(text, Contains(closed.file().string() + ": damaged: "));
    return text.substr(text.find("damaged: ") + 9);
  };
  const std::string a = "a";
  const std::int64_t one = 1;
  CHECK(refusal("run", {a, Blob{a}}) == "a row holds what it cannot");
  CHECK(refusal("mark", {a, a, one, one, Blob{}}) == "a row holds what it cannot");
  CHECK(refusal("epoch", {a, one, one, a}) == "a row holds what it cannot");
  CHECK(refusal("epoch", {a, one, one, Blob{a}}) == "ids of items that cannot be read");
  CHECK_THAT(refusal("dead", {a, a, a, a, a, a, a, a, a, a, Blob{}, Blob{}}),
             Contains("a dead letter: "));
}

TEST_CASE("whatever byte is changed, it is refused, or nothing is lost") {
  Closed closed;
  REQUIRE(closed.refusal() == "none");
  const UniqueFd file(::open(closed.file().c_str(), O_RDWR | O_CLOEXEC));
  const std::string good = content_of(closed.file());
  REQUIRE(good.size() > 10 * kPage);
  std::string dishonest;
  const auto change = [&](std::size_t offset, unsigned char mask) {
    const char bad = static_cast<char>(good[offset] ^ mask);
    REQUIRE(::pwrite(file.get(), &bad, 1, static_cast<off_t>(offset)) == 1);
    if (!closed.honest()) {
      dishonest += std::to_string(offset) + "^" + std::to_string(mask) + " ";
    }
    REQUIRE(::pwrite(file.get(), &good[offset], 1, static_cast<off_t>(offset)) == 1);
  };
  const unsigned char masks[] = {0x01, 0x80, 0xff, 0x02, 0x20};
  for (std::size_t offset = 0; offset < 100; ++offset) {
    for (const unsigned char mask : masks) change(offset, mask);
  }
  // Each byte takes a millisecond. Where there are zeros, most are free.
  std::size_t zeros = 0;
  for (std::size_t offset = 100; offset < good.size(); offset += 3) {
    if (good[offset] == '\0' && ++zeros % 20 != 0) continue;
    change(offset, masks[offset % 5]);
  }
  CHECK(dishonest == "");
  CHECK(closed.refused > 500);
  CHECK(closed.refusal() == "none");
}

TEST_CASE("a key changed anywhere, in an index as well, is refused") {
  const TemporaryFolder folder;
  {
    auto file = JournalFile::create(folder.path(), {}).value();
    REQUIRE(file.write({sample_entry(3)}, true).has_value());
  }
  const std::string good = content_of(folder.path() / "run.db");
  REQUIRE(all_in(folder.path()).has_value());
  std::size_t places = 0;
  for (std::size_t at = good.find("stage3"); at != good.npos; at = good.find("stage3", at + 1)) {
    CAPTURE(at);
    ++places;
    std::string bad = good;
    bad[at + 5] = '4';
    put(folder.path() / "run.db", bad);
    const auto read = all_in(folder.path());
    REQUIRE(read.has_error());
    CHECK(read.error().status() == Status::refused);
  }
  CHECK(places > 12);  // twice for each row, in its table and its index
}

TEST_CASE("a page of zeros, or of another place, is refused, or nothing is lost") {
  Closed closed;
  const std::string good = content_of(closed.file());
  std::string dishonest;
  for (std::uint64_t page = 0; page < good.size() / kPage; ++page) {
    for (std::uint64_t source = 0; source <= good.size() / kPage; ++source) {
      std::string bad = good;
      const bool zeros = source == good.size() / kPage;
      bad.replace(page * kPage, kPage,
                  zeros ? std::string(kPage, '\0') : good.substr(source * kPage, kPage));
      put(closed.file(), bad);
      if (!closed.honest()) dishonest += std::to_string(page) + "=" + std::to_string(source) + " ";
    }
  }
  CHECK(dishonest == "");
  std::string bad = good;
  bad.replace(0, kPage, kPage, '\0');
  put(closed.file(), bad);
  CHECK(closed.refusal() == closed.file().string() + ": file is not a database");
}

TEST_CASE("a file that was cut off is refused") {
  Closed closed;
  const std::string good = content_of(closed.file());
  std::string dishonest;
  std::size_t cuts = 0;
  for (std::size_t length = good.size() - 1; length > 0;
       length -= std::min<std::size_t>(61, length)) {
    fs::resize_file(closed.file(), length);
    if (!closed.honest()) dishonest += std::to_string(length) + " ";
    ++cuts;
  }
  CHECK(dishonest == "");
  CHECK((cuts - closed.refused) * 61 <= kPage);  // where no more than what is free is missing
}

// As a death leaves it, or a loss of power that has kept the log in part.
TEST_CASE("a log cut at any length leaves the first entries, whole") {
  const TemporaryFolder folder;
  std::vector<std::string> after;
  auto file = JournalFile::create(folder.path(), {}).value();
  after.push_back(all_of(file).value());
  for (std::uint64_t n = 1; n < 6; ++n) {
    REQUIRE(file.write({sample_entry(n)}, false).has_value());
    after.push_back(all_of(file).value());
  }
  const std::string database = content_of(folder.path() / "run.db");
  const std::string log = content_of(folder.path() / "run.db-wal");
  REQUIRE(log.size() > 10 * kPage);

  const TemporaryFolder other;
  const auto entries_in = [&](const std::string& rest) -> std::size_t {
    put(other.path() / "run.db", database);
    put(other.path() / "run.db-wal", rest);
    fs::remove(other.path() / "run.db-shm");
    const auto text = all_in(other.path());
    REQUIRE(text.has_value());
    const auto found = std::find(after.begin(), after.end(), *text);
    return static_cast<std::size_t>(found - after.begin());
  };
  std::size_t most = 0;
  for (std::size_t length = 0; length < log.size(); length += 239) {
    CAPTURE(length);
    const std::size_t entries = entries_in(log.substr(0, length));
    REQUIRE(entries < after.size());
    REQUIRE(entries >= most);
    most = entries;
  }
  CHECK(entries_in(log) == after.size() - 1);
  for (std::size_t offset = 0; offset < log.size(); offset += 997) {
    CAPTURE(offset);
    std::string bad = log;
    bad[offset] = static_cast<char>(bad[offset] ^ 0x10);
    REQUIRE(entries_in(bad) < after.size());
  }
}

}  // namespace
}  // namespace penstock
