#include "sqlite/insert.hpp"

namespace penstock::sqlite {

void Insert::params(Params& p) {
  p.required("database", database, "file of the database", output_file);
  p.required("table", target.table, "table that takes the rows");
  p.optional("mode", target.mode, "upsert: a row with the key of another replaces its values");
  p.optional("key", target.key,
             "columns of a unique key: of upsert, and of a table that is created");
  p.optional("columns", target.columns,
             "fields to take, null where a record lacks one; else all fields of each record");
  p.optional("create", create,
             "create folder, file and table if missing, with the first record's types");
  p.optional("wal", wal, "keep a write-ahead log: faster, and readers are not held up");
  p.optional("busy_timeout", busy_timeout, "how long to wait for a lock of another process");
}

Epoch Insert::open(Epoch last, const Snapshot&, Context& context) {
  if (target.mode == Mode::upsert && target.key.empty()) {
    throw Permanent("mode upsert needs `key`: the columns that say which row is replaced");
  }
  if (context.instance_id().empty()) {
    throw Permanent("this engine is too old for the task: it does not tell runs apart");
  }
  database_ = Database(database, create ? Access::create : Access::write, busy_timeout);
  configure();
  writer_.emplace(database_, target);
  table_is_there_ = database_.has_table(target.table);
  if (table_is_there_) {
    writer_->check();
  } else if (!create) {
    throw Permanent("'" + database + "' has no table '" + target.table +
                    "': create it, or set `create: true`");
  }
  epochs_ = Epochs(database_, context.instance_id());
  return epochs_.held(last);
}

void Insert::configure() {
  if (wal) {
    Statement mode(database_, "PRAGMA journal_mode = WAL");
    if (!mode.step() || mode.text(0) != "wal") {
      throw Permanent("'" + database +
                      "': its file system cannot keep a write-ahead log; set `wal: false`");
    }
    // What is to survive a loss of power is made so with the epoch.
    mode.reset();
    database_.execute("PRAGMA synchronous = NORMAL");
  }
  database_.execute("PRAGMA foreign_keys = ON");
  database_.execute("PRAGMA cache_size = -32768");  // KiB
}

void Insert::run(const Datum& record) {
  if (trouble_) return;
  try {
    begin();
    write(record);
    ++rows_;
  } catch (const Transient&) {
    trouble_ = std::current_exception();
  } catch (const Permanent&) {
    if (!database_.in_transaction()) {
      trouble_ = std::make_exception_ptr(
          Transient("'" + database + "': a row made the database roll its transaction back"));
    } else if (rows_ == 0) {
      roll_back();  // a lock is not held for nothing
    }
    throw;
  }
}

void Insert::write(const Datum& record) {
  if (!table_is_there_) {
    writer_->create_table(record);
    table_is_there_ = true;
  }
  writer_->write(record);
}

void Insert::begin() {
  if (!database_.in_transaction()) database_.execute("BEGIN IMMEDIATE");
}

void Insert::roll_back() {
  database_.execute("ROLLBACK");
  table_is_there_ = database_.has_table(target.table);
}

Snapshot Insert::commit(Epoch epoch) {
  if (trouble_) std::rethrow_exception(trouble_);
  begin();
  epochs_.mark(epoch);
  database_.execute("COMMIT");
  rows_ = 0;
  if (wal && (epoch.sync || epoch.last)) database_.sync_log();
  return epoch.number;
}

}  // namespace penstock::sqlite
