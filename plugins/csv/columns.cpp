#include "csv/columns.hpp"

#include <penstock/errors.hpp>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace penstock::csv {
namespace {

constexpr std::size_t shown_bytes = 60;  // of a value, in a text for a person

std::string shortened(std::string_view text) {
  if (text.size() <= shown_bytes) return std::string(text);
  std::size_t size = shown_bytes;
  while (size != 0 && (text[size] & '\xc0') == '\x80') --size;  // within a character of UTF-8
  return std::string(text.substr(0, size)) + "...";
}

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

TypeRules::TypeRules(const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) {
    const std::size_t colon = rule.rfind(':');
    const std::string name = colon == rule.npos ? rule : rule.substr(colon + 1);
    const std::optional<CellType> type = cell_type_of(name);
    if (!type) {
      throw Permanent("types has '" + rule +
                      "': it has to be infer, text, int, float or bool, or COLUMN:TYPE");
    }
    if (colon == rule.npos) {
      usual_ = *type;
    } else {
      rules_.push_back({rule.substr(0, colon), *type});
    }
  }
}

CellType TypeRules::type_of(std::string_view column) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const Rule& one) { return one.column == column; });
  return rule != rules_.end() ? rule->type : usual_;
}

void TypeRules::check(const std::vector<std::string>& columns, const std::string& place) const {
  for (const Rule& rule : rules_) {
    if (std::find(columns.begin(), columns.end(), rule.column) == columns.end()) {
      throw Permanent("types has a type for the column '" + rule.column + "', which " + place +
                      " does not have");
    }
  }
}

Columns::Columns(std::vector<std::string> names, const TypeRules& types, const std::string& place)
    : names_(std::move(names)) {
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i != names_.size(); ++i) {
    if (names_[i].empty()) names_[i] = "column" + std::to_string(i + 1);
    if (!seen.insert(names_[i]).second) {
      throw Permanent(place + " has two columns named '" + names_[i] +
                      "'; `columns` can give them other names");
    }
  }
  types.check(names_, place);
  for (const std::string& name : names_) {
    Column& column = columns_.emplace_back();
    CborWriter(column.key).text(name);
    column.type = types.type_of(name);
  }
  CborWriter(head_).map(names_.size());
}

std::vector<std::string> Columns::numbered(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= count; ++i) names.push_back("column" + std::to_string(i));
  return names;
}

std::string Columns::append_record(std::string& out, const std::vector<RawField>& row,
                                   const Dialect& dialect) {
  if (row.size() != columns_.size()) {
    return "it has " + counted(row.size(), "field") + " where there are " +
           counted(columns_.size(), "column");
  }
  out += head_;
  CborWriter writer(out);
  for (std::size_t i = 0; i != row.size(); ++i) {
    out += columns_[i].key;
    const std::string_view text = content_of(row[i], dialect, scratch_);
    if (!append_cell(writer, columns_[i].type, text, row[i].quoted)) {
      return "column '" + names_[i] + "' has '" + shortened(text) + "', which is no " +
             std::string(to_string(columns_[i].type));
    }
  }
  return {};
}

}  // namespace penstock::csv
