#include "postgres/copy.hpp"

#include <algorithm>

namespace penstock::postgres {

Copy::Copy(Connection& connection, const Target& target)
    : connection_(connection), target_(target) {
  if (target_.mode == Mode::append) return;
  connection_.execute(
      "CREATE TEMP TABLE IF NOT EXISTS _penstock_rows ON COMMIT DELETE ROWS AS SELECT * FROM " +
      target_.place(connection_) + " WITH NO DATA");
  connection_.execute(
      "ALTER TABLE pg_temp._penstock_rows ADD COLUMN IF NOT EXISTS "
      "_penstock_order bigint GENERATED ALWAYS AS IDENTITY");
}

void Copy::begin(const std::vector<std::string>& names, const std::string& before) {
  names_ = names;
  const std::string place =
      target_.mode == Mode::upsert ? "pg_temp._penstock_rows" : target_.place(connection_);
  connection_.begin_copy(before + "COPY " + place + " (" + list_of(connection_, names_) +
                         ") FROM STDIN");
  under_way_ = true;
}

void Copy::end() {
  under_way_ = false;
  connection_.end_copy();
  if (target_.mode == Mode::upsert) connection_.execute(merge_sql());
}

// Of several rows with one key the last one counts, as if they had come one by one.
std::string Copy::merge_sql() const {
  const std::string key = list_of(connection_, target_.key);
  const std::string columns = list_of(connection_, names_);
  std::string changes;
  for (const std::string& name : names_) {
    if (std::ranges::find(target_.key, name) != target_.key.end()) continue;
    const std::string column = connection_.quoted(name);
    changes += (changes.empty() ? " DO UPDATE SET " : ", ") + column + " = excluded." + column;
  }
  return "INSERT INTO " + target_.place(connection_) + " (" + columns + ") SELECT " + columns +
         " FROM (SELECT DISTINCT ON (" + key + ") * FROM pg_temp._penstock_rows ORDER BY " + key +
         ", _penstock_order DESC) AS latest ORDER BY _penstock_order ON CONFLICT (" + key + ")" +
         (changes.empty() ? " DO NOTHING" : changes) + "; DELETE FROM pg_temp._penstock_rows";
}

}  // namespace penstock::postgres
