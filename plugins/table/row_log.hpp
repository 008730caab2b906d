// Rows of two tables in the order in which they came, with the key of each. Rows are only added, so
// that a snapshot is a copy of the memory as it stands. Views of keys and rows live as long as the
// log.
#pragma once

#include <penstock/snapshot.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace penstock::table {

enum class Side : std::uint32_t { left, right };

struct LoggedRow {
  Side side;
  std::string_view key;
  std::string_view row;
};

class RowLog {
 public:
  // Where the row is now.
  LoggedRow add(Side side, std::string_view key, std::string_view row);

  std::string bytes() const;

  // Calls f(LoggedRow) for each row of what bytes() gave. Throws Malformed if it is damaged.
  template <class F>
  static void read(std::string_view bytes, F f) {
    while (!bytes.empty()) f(next(bytes));
  }

 private:
  static LoggedRow next(std::string_view& bytes);

  std::vector<std::string> chunks_;  // none is ever moved in memory
};

}  // namespace penstock::table
