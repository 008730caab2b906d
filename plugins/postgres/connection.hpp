// One connection to a PostgreSQL server, used by one thread. What the server refuses is thrown as
// Refused, with its words and the SQLSTATE; a connection that is lost, a deadlock or a lock that is
// not given as Transient; a full disk of the server as Lack. No text names the password.
#pragma once

#include <penstock/plugin.hpp>

#include <libpq-fe.h>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace penstock::postgres {

// The server's no to a statement: it will say no again.
class Refused : public Permanent {
 public:
  using Permanent::Permanent;
};

// What a statement has given: rows of text.
class Answer {
 public:
  Answer() = default;
  explicit Answer(PGresult* result) : result_(result) {}

  PGresult* handle() const { return result_.get(); }
  int rows() const { return PQntuples(handle()); }
  int columns() const { return PQnfields(handle()); }
  bool is_null(int row, int column) const { return PQgetisnull(handle(), row, column) != 0; }
  std::string_view text(int row, int column) const {
    return {PQgetvalue(handle(), row, column),
            static_cast<std::size_t>(PQgetlength(handle(), row, column))};
  }
  std::string_view changed() const { return PQcmdTuples(handle()); }  // rows, as a number

 private:
  struct Clearer {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clearer> result_;
};

class Connection {
 public:
  Connection() = default;
  // Tries for `patience` to reach a server that does not answer, unless the call is cancelled.
  Connection(const std::string& parameters, std::chrono::milliseconds patience,
             const Context& context);

  // Such as "database 'shop' at 127.0.0.1"; how texts name it.
  const std::string& name() const { return name_; }

  // One statement or, without values, several.
  Answer execute(const std::string& sql, std::initializer_list<std::string> values = {});

  // Begins a transaction in which each constraint is checked at once: what waited for the end could
  // not be laid to a row's charge.
  void begin();

  // COPY ... FROM STDIN: begun, fed, and ended, which tells whether the rows are good.
  void begin_copy(const std::string& sql);
  void put_copy(std::string_view rows);
  void end_copy();

  std::string quoted(std::string_view name) const;   // as a name in SQL
  std::string literal(std::string_view text) const;  // as a text in SQL

 private:
  struct Closer {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  PGconn* handle() const { return handle_.get(); }
  [[noreturn]] void fail(const PGresult* result) const;
  [[noreturn]] void fail_to_connect(PGPing server) const;

  std::unique_ptr<PGconn, Closer> handle_;
  std::string name_;
};

}  // namespace penstock::postgres
