// The columns of a file: their names and types, and how a row becomes a record of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "csv/cell_type.hpp"
#include "csv/row_scanner.hpp"

namespace penstock::csv {

// The parameter `types`: words such as `text`, for all columns, and `price:float`, for one. Throws
// Permanent for what is neither.
class TypeRules {
 public:
  TypeRules() = default;
  explicit TypeRules(const std::vector<std::string>& rules);

  CellType type_of(std::string_view column) const;
  // Throws Permanent if a rule is for a column that is not there. `place`: where they were looked
  // for.
  void check(const std::vector<std::string>& columns, const std::string& place) const;

 private:
  struct Rule {
    std::string column;
    CellType type;
  };
  CellType usual_ = CellType::infer;
  std::vector<Rule> rules_;
};

class Columns {
 public:
  Columns() = default;
  // Throws Permanent if two have the same name. One without a name is called by its number.
  Columns(std::vector<std::string> names, const TypeRules& types, const std::string& place);

  // column1, column2, ...
  static std::vector<std::string> numbered(std::size_t count);

  const std::vector<std::string>& names() const { return names_; }

  // Appends the row's record, a map in CBOR, to `out`. Answers what is wrong with the row; then
  // `out` is of no use.
  std::string append_record(std::string& out, const std::vector<RawField>& row,
                            const Dialect& dialect);

 private:
  struct Column {
    std::string key;  // as CBOR
    CellType type;
  };
  std::vector<std::string> names_;
  std::vector<Column> columns_;
  std::string head_;  // of the map
  std::string scratch_;
};

}  // namespace penstock::csv
