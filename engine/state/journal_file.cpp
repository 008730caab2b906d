#include "state/journal_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/fd.hpp"
#include "state/letter_row.hpp"

namespace penstock {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = R"(
CREATE TABLE run(name TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE origin(origin TEXT PRIMARY KEY, ended BLOB NOT NULL, made INTEGER NOT NULL,
                    sum INTEGER NOT NULL);
CREATE TABLE source(stage TEXT PRIMARY KEY, position INTEGER NOT NULL, snapshot BLOB NOT NULL,
                    sum INTEGER NOT NULL);
CREATE TABLE account(stage TEXT PRIMARY KEY, done INTEGER NOT NULL, dead INTEGER NOT NULL,
                     skipped INTEGER NOT NULL, handled INTEGER NOT NULL, retried INTEGER NOT NULL,
                     ran INTEGER NOT NULL, nanos INTEGER NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE mark(stage TEXT, instance INTEGER, number INTEGER NOT NULL,
                  finished INTEGER NOT NULL, answer BLOB NOT NULL, sum INTEGER NOT NULL,
                  PRIMARY KEY(stage, instance));
CREATE TABLE epoch(stage TEXT, instance INTEGER, number INTEGER, items BLOB NOT NULL,
                   sum INTEGER NOT NULL, PRIMARY KEY(stage, instance, number));
CREATE TABLE output(stage TEXT, instance INTEGER, snapshot INTEGER, first INTEGER,
                    count INTEGER NOT NULL, outputs BLOB NOT NULL, sum INTEGER NOT NULL,
                    PRIMARY KEY(stage, instance, snapshot, first));
CREATE TABLE dead(item TEXT, stage TEXT, task TEXT NOT NULL, plugin TEXT NOT NULL,
                  build TEXT NOT NULL, attempts TEXT NOT NULL, payload TEXT NOT NULL,
                  path TEXT, type TEXT NOT NULL, input TEXT NOT NULL, content BLOB NOT NULL,
                  key BLOB NOT NULL, sum INTEGER NOT NULL, PRIMARY KEY(stage, path));
)";

const std::string& text(const Cell& value) {
  return std::get<std::string>(value);
}
std::uint64_t whole(const Cell& value) {
  return static_cast<std::uint64_t>(std::get<std::int64_t>(value));
}
std::string bytes(Cell& value) {
  return std::move(std::get<Blob>(value).bytes);
}

Error damaged(const fs::path& path, const std::string& what) {
  return Error(Status::refused, path.string() + ": damaged: " + what);
}

Result<void> make_file(const fs::path& path) {
  const UniqueFd file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file || ::fchmod(file.get(), 0600) != 0) {
    return Error(errno == ENOSPC ? Status::lack : Status::refused,
                 path.string() + ": cannot be made: " + errno_text(errno) +
                     "; choose another folder with --state");
  }
  return {};
}

}  // namespace

Result<bool> JournalFile::exists(const fs::path& folder) {
  const fs::path path = folder / kName;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    return damaged(path, errno_text(errno));
  }
  if (S_ISLNK(status.st_mode)) return damaged(path, "it is a link, which penstock never makes");
  if (!S_ISREG(status.st_mode)) return damaged(path, "it is not a file");
  if (status.st_size == 0) return damaged(path, "it is empty");
  return true;
}

Result<JournalFile> JournalFile::create(const fs::path& folder,
                                        const std::map<std::string, std::string>& facts) {
  const fs::path path = folder / kName;
  const fs::path draft = folder / "run.db.new";
  std::error_code ignored;
  for (const char* end : {"", "-wal", "-shm", "-journal"}) {
    fs::remove(draft.string() + end, ignored);
  }
  if (auto made = make_file(draft); !made) return made.error();
  {
    auto database = Database::open(draft, Database::Mode::write);
    if (!database) return database.error();
    const std::string version = "PRAGMA user_version = " + std::to_string(kVersion) + ";";
    for (const std::string& sql : {std::string("BEGIN"), version, std::string(kSchema)}) {
      if (auto done = database->execute(sql); !done) return done.error();
    }
    for (const auto& [name, value] : facts) {
      if (auto done = database->put("run", {name, value}); !done) return done.error();
    }
    if (auto done = database->execute("COMMIT"); !done) return done.error();
  }
  // What belongs to the journal before this one.
  for (const char* end : {"-wal", "-shm"}) fs::remove(path.string() + end, ignored);
  if (fs::is_directory(fs::symlink_status(path, ignored))) fs::remove(path, ignored);
  fs::rename(draft, path, ignored);
  if (ignored) return Error(Status::refused, path.string() + ": " + ignored.message());
  return open(folder, Database::Mode::write);
}

Result<JournalFile> JournalFile::open(const fs::path& folder, Database::Mode mode) {
  auto database = Database::open(folder / kName, mode);
  if (!database) return database.error();
  JournalFile file(std::move(database.value()));
  if (auto checked = file.check(); !checked) return checked.error();
  if (mode == Database::Mode::read) return file;
  // Of what is not synced, the death of a process takes nothing. A write-ahead log of 16 MiB.
  for (const char* sql : {"PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 4096"}) {
    if (auto done = file.database_.execute(sql); !done) return done.error();
  }
  return file;
}

Result<void> JournalFile::check() {
  const fs::path& path = database_.path();
  // Not the quick one, which does not hold the indices against their tables: a row that its index
  // does not have would be there twice when it is written again.
  const auto sound = database_.value("PRAGMA integrity_check(1)");
  if (!sound) return sound.error();
  if (sound.value() != Cell(std::string("ok"))) {
    const auto* what = std::get_if<std::string>(&sound.value());
    return damaged(path, what != nullptr ? *what : "its pages contradict each other");
  }
  const auto version = database_.value("PRAGMA user_version");
  if (!version) return version.error();
  const std::int64_t found = std::get<std::int64_t>(version.value());
  if (found > kVersion) {
    return Error(Status::refused, path.string() + ": it was written by a newer penstock (version " +
                                      std::to_string(found) +
                                      " of the state folder, and this one " + "knows " +
                                      std::to_string(kVersion) + ")");
  }
  if (found < 1) return damaged(path, "it is no journal of penstock");
  return {};
}

Result<JournalContent> JournalFile::read() {
  JournalContent content;
  const auto all = [&]() -> Result<void> {
    const auto table = [&](const char* name, const char* order, auto&& use) {
      return database_.read(name, order, [&](Row row) -> Result<void> { return use(row); });
    };
    using Done = Result<void>;
    Done done = table("run", "name", [&](Row& row) -> Done {
      content.facts[text(row[0])] = text(row[1]);
      return {};
    });
    if (!done) return done;
    done = table("origin", "rowid", [&](Row& row) -> Done {
      content.origins.push_back({text(row[0]), bytes(row[1]), whole(row[2])});
      return {};
    });
    if (!done) return done;
    done = table("source", "rowid", [&](Row& row) -> Done {
      content.sources.push_back({text(row[0]), whole(row[1]), bytes(row[2])});
      return {};
    });
    if (!done) return done;
    done = table("account", "rowid", [&](Row& row) -> Done {
      content.accounts.push_back({text(row[0]), whole(row[1]), whole(row[2]), whole(row[3]),
                                  whole(row[4]), whole(row[5]), whole(row[6]), whole(row[7])});
      return {};
    });
    if (!done) return done;
    done = table("mark", "stage, instance", [&](Row& row) -> Done {
      content.marks.push_back(
          {text(row[0]), whole(row[1]), whole(row[2]), whole(row[3]) != 0, bytes(row[4])});
      return {};
    });
    if (!done) return done;
    done = table("epoch", "stage, instance, number", [&](Row& row) -> Done {
      auto items = ItemIds::decode(std::get<Blob>(row[3]).bytes);
      if (!items) return damaged(database_.path(), items.error().what());
      content.epochs.push_back(
          {text(row[0]), whole(row[1]), whole(row[2]), std::move(items.value())});
      return {};
    });
    if (!done) return done;
    done = table("dead", "rowid", [&](Row& row) -> Done {
      content.dead.emplace_back(text(row[1]), text(row[7]));
      return {};
    });
    if (!done) return done;
    return table("output", "stage, instance, snapshot, first", [&](Row& row) -> Done {
      content.outputs.push_back({text(row[0]), whole(row[1]), whole(row[2]), whole(row[3]),
                                 bytes(row[5]), whole(row[4])});
      return {};
    });
  };
  // One transaction, so that nothing of what a run writes meanwhile is seen in part.
  if (auto begun = database_.execute("BEGIN"); !begun) return begun.error();
  Result<void> done;
  try {
    done = all();
  } catch (const std::bad_variant_access&) {  // a checksum by chance, or by intent
    done = damaged(database_.path(), "a row holds what it cannot");
  }
  auto ended = database_.execute("COMMIT");
  if (!done) return done.error();
  if (!ended) return ended.error();
  return content;
}

Result<void> JournalFile::read_letters(const std::function<Result<void>(DeadLetter)>& each) {
  return database_.read("dead", "rowid", [&](Row row) -> Result<void> {
    auto letter = letter_of(row);
    if (!letter) return damaged(database_.path(), letter.error().what());
    return each(std::move(letter.value()));
  });
}

Result<std::string> JournalFile::read_content(const DeadLetter& letter) {
  auto content = database_.value("SELECT content FROM dead WHERE stage = ? AND path = ?",
                                 {letter.stage, letter.path});
  if (!content) return content.error();
  auto* bytes = std::get_if<Blob>(&*content);
  if (bytes == nullptr) return damaged(database_.path(), "a letter has no content");
  return std::move(bytes->bytes);
}

Result<void> JournalFile::write(const std::vector<JournalEntry>& entries, bool sync) {
  auto begun = database_.execute(sync ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
                                      : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
  if (!begun) return begun;
  for (const JournalEntry& entry : entries) {
    auto written = write(entry);
    if (written) written = forget(entry);
    if (!written) {
      (void)database_.execute("ROLLBACK");
      return written;
    }
  }
  auto committed = database_.execute("COMMIT");
  if (!committed) (void)database_.execute("ROLLBACK");
  return committed;
}

Result<void> JournalFile::write(const JournalEntry& entry) {
  std::vector<std::pair<const char*, Row>> rows;
  for (const auto& [name, value] : entry.facts) rows.push_back({"run", {name, value}});
  for (const OutputsRecord& of : entry.outputs) {
    rows.push_back({"output",
                    {of.stage, cell(of.instance), cell(of.snapshot), cell(of.first), cell(of.count),
                     Blob{of.outputs}}});
  }
  for (const EpochRecord& of : entry.epochs) {
    rows.push_back(
        {"epoch", {of.stage, cell(of.instance), cell(of.number), Blob{of.items.encode()}}});
  }
  for (const MarkRecord& of : entry.marks) {
    rows.push_back({"mark",
                    {of.stage, cell(of.instance), cell(of.number), cell(of.finished ? 1 : 0),
                     Blob{of.answer}}});
  }
  for (const OriginRecord& of : entry.origins) {
    rows.push_back({"origin", {of.origin, Blob{of.ended}, cell(of.made)}});
  }
  for (const SourceRecord& of : entry.sources) {
    rows.push_back({"source", {of.stage, cell(of.position), Blob{of.snapshot}}});
  }
  for (const AccountRecord& of : entry.accounts) {
    rows.push_back({"account",
                    {of.stage, cell(of.done), cell(of.dead), cell(of.skipped), cell(of.handled),
                     cell(of.retried), cell(of.ran), cell(of.nanos)}});
  }
  for (const DeadLetter& letter : entry.letters) rows.push_back({"dead", row_of(letter)});
  for (const auto& [table, row] : rows) {
    if (auto written = database_.put(table, row); !written) return written;
  }
  return {};
}

Result<void> JournalFile::forget(const JournalEntry& entry) {
  for (const JournalEntry::Epoch& epoch : entry.forgotten_epochs) {
    auto done = database_.run("DELETE FROM epoch WHERE stage = ? AND instance = ? AND number = ?",
                              {epoch.stage, cell(epoch.instance), cell(epoch.number)});
    if (!done) return done;
  }
  for (const std::string& origin : entry.forgotten_origins) {
    auto done = database_.run("DELETE FROM origin WHERE origin = ?", {origin});
    if (!done) return done;
    done = database_.run("DELETE FROM output WHERE stage || '.' || instance || '.' || snapshot = ?",
                         {origin});
    if (!done) return done;
  }
  for (const auto& [stage, path] : entry.forgotten_letters) {
    auto done = database_.run("DELETE FROM dead WHERE stage = ? AND path = ?", {stage, path});
    if (!done) return done;
  }
  return {};
}

Result<void> JournalFile::sync() {
  return database_.execute("PRAGMA wal_checkpoint(PASSIVE)");
}

Result<void> JournalFile::settle() {
  return database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace penstock
