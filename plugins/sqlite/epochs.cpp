#include "sqlite/epochs.hpp"

namespace penstock::sqlite {
namespace {

constexpr std::string_view table = "_penstock_epochs";

}  // namespace

Epoch Epochs::held(Epoch last) const {
  if (database_->has_table(table)) {
    Statement statement(*database_, "SELECT epoch FROM _penstock_epochs WHERE writer = ?1");
    statement.bind(1, std::string_view(writer_));
    if (statement.step()) return static_cast<std::uint64_t>(statement.integer(0));
  }
  if (last == 0) return 0;
  throw Permanent("'" + database_->path() + "': this run has committed " +
                  std::to_string(last.number) +
                  " epochs to it, and it knows of none: it was replaced by another file, or the "
                  "row of writer " +
                  writer_ + " was deleted from _penstock_epochs");
}

void Epochs::mark(Epoch epoch) {
  if (!mark_) prepare();
  mark_->bind(2, static_cast<std::int64_t>(epoch.number));
  mark_->step();
}

// Rows of runs that ended long ago go when the next one begins to write.
void Epochs::prepare() {
  database_->execute(
      "CREATE TABLE IF NOT EXISTS _penstock_epochs (writer TEXT PRIMARY KEY, "
      "epoch INTEGER NOT NULL, committed_at TEXT NOT NULL) WITHOUT ROWID");
  database_->execute(
      "DELETE FROM _penstock_epochs WHERE committed_at < datetime('now', '-30 days')");
  mark_.emplace(
      *database_,
      "INSERT INTO _penstock_epochs VALUES (?1, ?2, datetime('now')) ON CONFLICT (writer) "
      "DO UPDATE SET epoch = excluded.epoch, committed_at = excluded.committed_at");
  mark_->bind(1, std::string_view(writer_));
}

}  // namespace penstock::sqlite
