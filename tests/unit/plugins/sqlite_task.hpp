// The tasks of the plugin `sqlite` in a rig, and a look into the database `a.db` of the test's
// folder.
#pragma once

#include <penstock/json.hpp>
#include <penstock/testing.hpp>

#include "catch.hpp"
#include "sqlite/insert.hpp"
#include "sqlite/rows.hpp"
#include "temporary_folder.hpp"

namespace penstock {

struct Person {
  std::int64_t id = 0;
  std::string name;
  std::optional<double> height;
};
PENSTOCK_FIELDS(Person, id, name, height)

struct SqliteTask {
  Plugin plugin;
  Rig rig;

  SqliteTask(std::string_view task, const Rig::Settings& settings)
      : rig(registered(), task, settings) {}

 private:
  Plugin& registered() {
    plugin.source<sqlite::Rows>("rows", "");
    plugin.sink<sqlite::Insert>("insert", "");
    return plugin;
  }
};

// What a query gives, as JSON.
inline std::string answer(const std::string& sql) {
  const sqlite::Database database("a.db", sqlite::Access::read, std::chrono::milliseconds(0));
  sqlite::Statement statement(database, sql);
  std::string text;
  while (statement.step()) {
    std::string row;
    CborWriter writer(row);
    writer.list(static_cast<std::size_t>(statement.columns()));
    for (int i = 0; i != statement.columns(); ++i) statement.append(writer, i);
    write_json(text, Datum::cbor(as_bytes(row)));
  }
  return text;
}

inline void make(const std::string& sql) {
  sqlite::Database("a.db", sqlite::Access::create, std::chrono::milliseconds(0)).execute(sql);
}

// All that a source emits, as JSON, a line each.
inline std::string emitted(const Rig& rig) {
  std::string text;
  for (const Rig::Emission& emission : rig.emissions()) {
    write_json(text, Datum::cbor(emission.value()));
    text += '\n';
  }
  return text;
}

inline std::string item(auto write) {
  std::string bytes;
  CborWriter writer(bytes);
  write(writer);
  return bytes;
}

inline bool run(Rig& rig, const std::string& cbor) {
  return rig.run(Datum::cbor(as_bytes(cbor)));
}

}  // namespace penstock
