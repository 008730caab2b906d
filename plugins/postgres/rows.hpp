// postgres.rows: each row of a table or a query as a record, read through a cursor, so that memory
// does not grow with the result. A successor goes on exactly where its predecessor was: with a key
// by asking for what comes after the last one, else by asking again and passing over as many rows,
// which have to be the same ones.
#pragma once

#include <penstock/plugin.hpp>

#include <optional>
#include <string>
#include <vector>

#include "postgres/column.hpp"
#include "postgres/connection.hpp"

namespace penstock::postgres {

// How far the rows are read.
struct Place {
  std::uint64_t rows = 0;
  std::uint64_t fingerprint = 0;  // over all of them
  std::string key;                // of the last one, as the server writes it
};
PENSTOCK_FIELDS(Place, rows, fingerprint, key)

class Rows {
 public:
  std::string connection;
  std::string schema;
  std::optional<std::string> table;
  std::optional<std::string> query;
  std::optional<std::string> key;
  bool count = false;
  std::chrono::milliseconds reconnect{30'000};

  void params(Params& p);
  void restore(const Snapshot& snapshot) { place_ = snapshot.as<Place>(); }
  void open(Context& context);
  bool produce(std::size_t want, Emit<Datum>& out);
  std::optional<std::uint64_t> size();
  Snapshot snapshot() const { return place_; }

 private:
  struct Named {
    std::string name;  // as CBOR
    SqlType type;
  };

  std::string selected() const;
  bool fetch();
  void name_columns();
  void pass_over(std::uint64_t rows, Context& context);
  bool read_row();
  void note_key();

  Connection link_;
  Answer page_;
  int at_ = 0;          // the next row of the page
  int page_rows_ = 64;  // to be fetched next time
  std::vector<Named> columns_;
  int key_column_ = -1;
  Place place_;
  std::string row_;  // the one at hand, as CBOR
  std::string scratch_;
};

}  // namespace penstock::postgres
