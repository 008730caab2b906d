#include "sqlite/database.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "sqlite/statement.hpp"

namespace penstock::sqlite {
namespace {

int flags_of(Access access) {
  const int mode = access == Access::read     ? SQLITE_OPEN_READONLY
                   : access == Access::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READWRITE;
  return mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
}

bool is_lack(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
      return true;
    default:
      return false;
  }
}

void create_folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (folder.empty() || std::filesystem::create_directories(folder, error) || !error) return;
  const std::string text = "'" + path + "': cannot make its folder: " + error.message();
  if (is_lack(error.value())) throw Lack(text);
  throw Permanent(text);
}

}  // namespace

Database::Database(const std::string& path, Access access, std::chrono::milliseconds busy)
    : path_(path), busy_(busy) {
  if (access == Access::create) create_folder_of(path);
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &opened, flags_of(access), nullptr);
  handle_.reset(opened);
  if (opened == nullptr) throw Lack("'" + path + "': there is no memory to open it");
  if (result != SQLITE_OK) fail("cannot open");
  sqlite3_busy_timeout(opened, static_cast<int>(busy.count()));
}

void Database::execute(const std::string& sql) const {
  if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

bool Database::has_table(std::string_view name) const {
  Statement statement(*this,
                      "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') "
                      "AND name = ?1 COLLATE NOCASE");
  statement.bind(1, name);
  return statement.step();
}

void Database::sync_log() const {
  sqlite3_file* log = nullptr;
  const int found = sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (found != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return;  // nothing written
  if (log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
    throw Lack("'" + path_ + "': cannot make its write-ahead log durable: " +
               std::strerror(sqlite3_system_errno(handle())));
  }
}

void Database::fail(std::string_view action) const {
  const int code = sqlite3_extended_errcode(handle());
  const int error = sqlite3_system_errno(handle());
  std::string text = "'" + path_ + "': " + std::string(action) + ": " + sqlite3_errmsg(handle());
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Transient(text + "; another process has held the lock for longer than busy_timeout (" +
                      std::to_string(busy_.count()) + " ms)");
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      throw Transient(text);
    case SQLITE_FULL:
      throw Lack(text + "; make room there, then run it again");
    case SQLITE_NOMEM:
      throw Lack(text);
    case SQLITE_IOERR:
      if (error != 0) text += std::string(" (") + std::strerror(error) + ")";
      throw Lack(text);
    case SQLITE_CANTOPEN:
      if (error != 0) text += std::string(" (") + std::strerror(error) + ")";
      if (is_lack(error)) throw Lack(text);
      throw Permanent(text);
    default:
      throw Permanent(text);
  }
}

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string(2, c) : std::string(1, c);
  return text + '"';
}

}  // namespace penstock::sqlite
