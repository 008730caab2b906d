// One connection to an SQLite database, used by one thread. What is still open when it goes is
// rolled back. Every failure names the file and what was being done; whether it is the item's fault
// (Permanent), may pass (Transient) or is a lack of the machine (Lack) follows from SQLite's code.
#pragma once

#include <penstock/plugin.hpp>

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace penstock::sqlite {

enum class Access { read, write, create };

class Database {
 public:
  Database() = default;
  // Access::create makes the folder of the file as well. Waits at most `busy` for a lock that
  // another process holds.
  Database(const std::string& path, Access access, std::chrono::milliseconds busy);

  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_.get(); }

  void execute(const std::string& sql) const;
  bool has_table(std::string_view name) const;
  bool in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }
  // Makes what was committed survive a loss of power, in a database with a write-ahead log.
  void sync_log() const;

  // Throws what the last call failed with.
  [[noreturn]] void fail(std::string_view action) const;

 private:
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  std::string path_;
  std::chrono::milliseconds busy_{0};
  std::unique_ptr<sqlite3, Closer> handle_;
};

// As a name in SQL: "it ""is"" quoted".
std::string in_quotes(std::string_view name);

}  // namespace penstock::sqlite
