// sqlite.rows: each row of a table or a query as a record. A successor goes on exactly where its
// predecessor was: with a key by asking for what comes after the last one, else by asking again and
// passing over as many rows, which have to be the same ones.
#pragma once

#include <penstock/plugin.hpp>

#include <optional>
#include <string>
#include <vector>

#include "sqlite/statement.hpp"

namespace penstock::sqlite {

// How far the rows are read.
struct Place {
  std::uint64_t rows = 0;
  std::uint64_t fingerprint = 0;  // over all of them
  std::string key;                // of the last one, as CBOR
};
PENSTOCK_FIELDS(Place, rows, fingerprint, key)

class Rows {
 public:
  std::string database;
  std::optional<std::string> table;
  std::optional<std::string> query;
  std::optional<std::string> key;
  bool count = false;
  std::chrono::milliseconds busy_timeout{5000};

  void params(Params& p);
  void restore(const Snapshot& snapshot) { place_ = snapshot.as<Place>(); }
  void open(Context& context);
  bool produce(std::size_t want, Emit<Datum>& out);
  std::optional<std::uint64_t> size();
  Snapshot snapshot() const { return place_; }

 private:
  std::string selected() const;
  void name_columns();
  void pass_over(std::uint64_t rows, Context& context);
  void read_row();
  void note_key();
  std::string place_text() const;

  Database database_;
  std::optional<Statement> statement_;
  std::vector<std::string> names_;  // of the columns, as CBOR
  int key_column_ = -1;
  Place place_;
  std::string after_;  // the key, as CBOR, that the statement begins behind
  std::string row_;    // the one at hand, as CBOR
  std::string new_key_;
  bool ended_ = false;
};

}  // namespace penstock::sqlite
