#include "postgres/epochs.hpp"

#include <penstock/json.hpp>

namespace penstock::postgres {

Epochs::Epochs(Connection& connection, const Target& target, std::string_view writer)
    : connection_(&connection),
      table_(target.place_of(connection, "_penstock_epochs")),
      writer_(writer) {}

Epoch Epochs::take_over(Epoch last) {
  if (connection_->execute("SELECT to_regclass($1)", {table_}).is_null(0, 0)) create_table();
  if (last == 0) {
    connection_->execute("INSERT INTO " + table_ + " (writer) VALUES ($1) ON CONFLICT DO NOTHING",
                         {writer_});
    // Rows of runs that ended long ago go when the next one begins.
    connection_->execute("DELETE FROM " + table_ +
                         " WHERE committed_at < now() - interval '30 days'");
  }
  const Answer row = connection_->execute("UPDATE " + table_ +
                                              " SET holder = gen_random_uuid() WHERE writer = $1 "
                                              "RETURNING epoch, holder",
                                          {writer_});
  if (row.rows() == 0) {
    throw Permanent(connection_->name() + ": this run has committed " +
                    std::to_string(last.number) +
                    " epochs to it, and it knows of none: it is another database, or the row of "
                    "writer " +
                    writer_ + " was deleted from " + table_);
  }
  holder_ = row.text(0, 1);
  return std::stoull(std::string(row.text(0, 0)));
}

// Two that do this at once would hinder each other, IF NOT EXISTS or not.
void Epochs::create_table() {
  connection_->execute(
      "BEGIN; SELECT pg_advisory_xact_lock(hashtext('_penstock_epochs')); "
      "CREATE TABLE IF NOT EXISTS " +
      table_ +
      " (writer text PRIMARY KEY, epoch bigint NOT NULL DEFAULT 0, holder uuid, "
      "verdict json, committed_at timestamptz NOT NULL DEFAULT now()); "
      "COMMIT");
}

Verdict Epochs::verdict() const {
  const Answer rows = connection_->execute(
      "SELECT e.verdict ->> 'rows', r.row, r.fingerprint, r.why FROM " + table_ +
          " AS e LEFT JOIN LATERAL json_to_recordset(e.verdict -> 'refused') "
          "AS r(row text, fingerprint text, why text) ON true "
          "WHERE e.writer = $1 AND e.verdict IS NOT NULL",
      {writer_});
  Verdict verdict;
  for (int i = 0; i != rows.rows(); ++i) {
    const auto number = [&](int column) { return std::stoull(std::string(rows.text(i, column))); };
    verdict.rows = number(0);
    verdict.refused[number(1)] = {number(2), std::string(rows.text(i, 3))};
  }
  return verdict;
}

void Epochs::leave(const Verdict& verdict) {
  std::string json = "{\"rows\":" + std::to_string(verdict.rows) + ",\"refused\":";
  char before = '[';
  for (const auto& [row, refusal] : verdict.refused) {
    json += before;
    before = ',';
    json += "{\"row\":" + std::to_string(row) +
            ",\"fingerprint\":" + std::to_string(refusal.fingerprint) + ",\"why\":";
    sdk::write_json_text(json, refusal.why);
    json += '}';
  }
  connection_->execute("UPDATE " + table_ + " SET verdict = $3 WHERE writer = $1 AND holder = $2",
                       {writer_, holder_, json + "]}"});
}

void Epochs::mark(Epoch epoch) {
  const Answer answer = connection_->execute(
      "UPDATE " + table_ +
          " SET epoch = $3, verdict = NULL, committed_at = now() WHERE writer = $1 AND holder = $2",
      {writer_, holder_, std::to_string(epoch.number)});
  if (answer.changed() == "1") return;
  throw Permanent(connection_->name() + ": another process writes as " + writer_ +
                  " now; this one has lost the pen");
}

}  // namespace penstock::postgres
