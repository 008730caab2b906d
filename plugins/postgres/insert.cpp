#include "postgres/insert.hpp"

namespace penstock::postgres {
void Insert::params(Params& p) {
  p.required("connection", connection, "such as postgresql://user@host/database", secret);
  p.required("table", target.table, "table that takes the rows");
  p.optional("schema", target.schema, "where the table is; else by the server's search path");
  p.optional("mode", target.mode, "upsert: a row with the key of another replaces its values");
  p.optional("key", target.key,
             "columns of a unique key: of upsert, and of a table that is created");
  p.optional("columns", target.columns,
             "fields to take, null where a record lacks one; else all fields of each record");
  p.optional("create", create, "create the table if missing, with the first record's types");
  p.optional("reconnect", reconnect, "how long to wait for a server that has gone away");
}

Epoch Insert::open(Epoch last, const Snapshot&, Context& context) {
  if (target.mode == Mode::upsert && target.key.empty()) {
    throw Permanent("mode upsert needs `key`: the columns that say which row is replaced");
  }
  if (context.instance_id().empty()) {
    throw Permanent("this engine is too old for the task: it does not tell runs apart");
  }
  link_ = Connection(connection, last == 0 ? std::chrono::milliseconds(0) : reconnect, context);
  prepare(nullptr);
  if (!stream_ && !create) {
    throw Permanent(link_.name() + " has no table '" + target.table +
                    "': create it, or set `create: true`");
  }
  epochs_ = Epochs(link_, target, context.instance_id());
  const Epoch held = epochs_.take_over(last);
  if (stream_) stream_->expect(epochs_.verdict());
  return held;
}

void Insert::prepare(const Datum* record) {
  auto table = Table::describe(link_, target);
  if (!table && create && record != nullptr && record->kind() == DatumKind::map) {
    Table::create(link_, target, *record);
    table = Table::describe(link_, target);
  }
  if (!table) return;
  table->check(link_, target);
  stream_.emplace(link_, target, std::move(*table));
}

void Insert::run(const Datum& record) {
  if (trouble_) return;
  try {
    begin(&record);
    stream_->write(record);
  } catch (const Refused&) {
    trouble_ = std::current_exception();  // perhaps of a row before
  } catch (const Permanent&) {
    if (in_transaction_ && stream_->empty()) roll_back();
    throw;
  } catch (const Transient&) {
    trouble_ = std::current_exception();
  }
}

// A table that is missing is created before the transaction, so that it outlives one that fails.
void Insert::begin(const Datum* record) {
  if (!stream_ && record != nullptr) {
    prepare(record);
    if (!stream_) throw Permanent("a table cannot be made of an item that is no record");
  }
  if (!in_transaction_) link_.begin();
  in_transaction_ = true;
}

// Nothing was written: no lock is held for nothing.
void Insert::roll_back() {
  link_.execute("ROLLBACK");
  in_transaction_ = false;
}

Snapshot Insert::commit(Epoch epoch) {
  try {
    if (trouble_) std::rethrow_exception(trouble_);
    begin(nullptr);
    if (stream_) stream_->flush();
    epochs_.mark(epoch);
    link_.execute("COMMIT");
  } catch (const Refused& refused) {
    report(refused);
  }
  in_transaction_ = false;
  if (stream_) stream_->committed();
  return epoch.number;
}

// Throws what the commit fails with.
void Insert::report(const Refused& refused) {
  link_.execute("ROLLBACK");
  const Verdict verdict = stream_ ? stream_->try_rows() : Verdict();
  if (verdict.refused.empty()) throw Transient(refused.what());
  epochs_.leave(verdict);
  throw Transient(std::string(refused.what()) + "; of the " + std::to_string(verdict.rows) +
                  " rows since the last epoch " + std::to_string(verdict.refused.size()) +
                  " cannot be written");
}

}  // namespace penstock::postgres
