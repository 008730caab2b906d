// table.join: pairs of records from two inputs that agree in some fields, each as one record: the
// fields of the left one, then those of the right one. A pair is emitted as soon as both are there,
// in whichever order they come. Records without a partner are emitted at the end, for the kinds
// that keep them, in the order in which they came. Null, and a field that is not there, agree with
// nothing. Holds all records of both inputs.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "table/field_finder.hpp"
#include "table/row_log.hpp"

namespace penstock::table {

enum class JoinKind { inner, left, outer };
PENSTOCK_ENUM(JoinKind, inner, left, outer)

class Join {
 public:
  std::vector<std::string> on;
  std::vector<std::string> left_on;
  std::vector<std::string> right_on;
  JoinKind kind = JoinKind::inner;
  std::string prefix = "right_";

  void params(Params& p);
  void open();
  void left(const Datum& record, Emit<Datum>& out) { take(Side::left, record, out); }
  void right(const Datum& record, Emit<Datum>& out) { take(Side::right, record, out); }
  void finish(Emit<Datum>& out);

  Snapshot snapshot() const { return log_.bytes(); }
  void restore(const Snapshot& snapshot);

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Group {  // of one key, by side
    std::uint32_t first[2] = {none, none};
    std::uint32_t last[2] = {none, none};
  };
  using Groups = std::unordered_map<std::string_view, Group>;
  using Keyed = Groups::value_type;
  struct Row {
    std::string_view bytes;
    std::uint32_t next;  // of the same side and key
    Side side;
    const Keyed* keyed;  // null: agrees with nothing
  };

  void take(Side side, const Datum& record, Emit<Datum>& out);
  bool make_key(Side side, const Datum& record);
  bool keeps(Side side) const;
  const Keyed* keep(const LoggedRow& row);
  std::string_view merged(std::string_view left, std::string_view right);

  FieldFinder finders_[2];
  std::vector<std::size_t> fields_[2];
  std::vector<std::string> left_out_;  // fields of the right that the left one has as well
  RowLog log_;
  std::vector<Row> rows_;
  Groups groups_;  // the keys lie in the log
  std::string key_;
  std::string made_;
};

}  // namespace penstock::table
