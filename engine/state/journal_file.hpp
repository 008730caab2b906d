// The file run.db in the state folder: what it looks like, how it is made, read and written. The
// journal's thread writes it, others may read it meanwhile. docs/state.md describes the tables.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "state/database.hpp"
#include "state/records.hpp"

namespace penstock {

// What a run left behind.
struct JournalContent {
  std::map<std::string, std::string> facts;
  std::vector<OriginRecord> origins;
  std::vector<SourceRecord> sources;
  std::vector<AccountRecord> accounts;
  std::vector<EpochRecord> epochs;
  std::vector<MarkRecord> marks;
  std::vector<OutputsRecord> outputs;
  std::vector<std::pair<std::string, std::string>> dead;  // of each dead letter, stage and path

  std::string fact(const std::string& name) const {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string() : found->second;
  }
};

class JournalFile {
 public:
  static constexpr std::int64_t kVersion = 1;
  static constexpr std::string_view kName = "run.db";

  // Is there one? An empty one, or one that is no file, is refused.
  static Result<bool> exists(const std::filesystem::path& folder);

  // A new one in place of what is there; with these facts, whole or not at all.
  static Result<JournalFile> create(const std::filesystem::path& folder,
                                    const std::map<std::string, std::string>& facts);
  // The one that is there, held against what it has to look like.
  static Result<JournalFile> open(const std::filesystem::path& folder, Database::Mode mode);

  Result<JournalContent> read();
  Result<void> read_letters(const std::function<Result<void>(DeadLetter)>& each);
  // The content of a letter that read_letters() has given.
  Result<std::string> read_content(const DeadLetter& letter);

  // Some entries, in their order, as one transaction. `sync`: it reaches the disk.
  Result<void> write(const std::vector<JournalEntry>& entries, bool sync);
  // What has been written is on the disk.
  Result<void> sync();
  // Everything is in run.db itself, and on the disk.
  Result<void> settle();

 private:
  explicit JournalFile(Database database) : database_(std::move(database)) {}

  Result<void> write(const JournalEntry& entry);
  Result<void> forget(const JournalEntry& entry);
  Result<void> check();

  Database database_;
};

}  // namespace penstock
