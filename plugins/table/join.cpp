#include "table/join.hpp"

#include <algorithm>

#include "table/sort_key.hpp"

namespace penstock::table {
namespace {

std::size_t index_of(Side side) {
  return static_cast<std::size_t>(side);
}

// The entries of an encoded map, which was checked when it was taken.
struct Entries {
  explicit Entries(std::string_view record) : reader(as_bytes(record)) {
    CborHead head;
    reader.next(head);
    count = head.count;
    content = record.substr(record.size() - reader.left());
  }

  std::string_view next_name() {
    CborHead name;
    reader.next(name);
    return name.content;
  }
  Bytes next_value() {
    const std::byte* begin = reader.position();
    reader.skip();
    return {begin, reader.position()};
  }

  CborReader reader;
  std::size_t count = 0;
  std::string_view content;  // all of them
};

std::vector<std::string_view> names_of(std::string_view record) {
  std::vector<std::string_view> names;
  Entries entries(record);
  for (std::size_t i = 0; i != entries.count; ++i) {
    names.push_back(entries.next_name());
    entries.next_value();
  }
  return names;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Join::params(Params& p) {
  p.optional("on", on, "fields that a pair agrees in, where both sides call them the same");
  p.optional("left_on", left_on, "in place of 'on': their names on the left");
  p.optional("right_on", right_on, "in place of 'on': their names on the right, in the same order");
  p.optional("kind", kind,
             "inner: pairs alone; left: also left records without a partner; outer: those of both "
             "sides");
  p.optional("prefix", prefix, "put before the name of a right field that the left record has too");
}

void Join::open() {
  if (on.empty() == (left_on.empty() && right_on.empty())) {
    throw Permanent("set either 'on', or both 'left_on' and 'right_on'");
  }
  if (on.empty() && left_on.size() != right_on.size()) {
    throw Permanent("'left_on' and 'right_on' name different numbers of fields");
  }
  if (prefix.empty()) throw Permanent("'prefix' is empty: two fields would have one name");
  const auto& left = on.empty() ? left_on : on;
  const auto& right = on.empty() ? right_on : on;
  for (std::size_t i = 0; i != left.size(); ++i) {
    fields_[0].push_back(finders_[0].add(left[i]));
    fields_[1].push_back(finders_[1].add(right[i]));
    if (left[i] == right[i]) left_out_.push_back(right[i]);
  }
}

// False if the record agrees with nothing.
bool Join::make_key(Side side, const Datum& record) {
  FieldFinder& finder = finders_[index_of(side)];
  if (!finder.find(record)) {
    throw Permanent("a " + std::string(to_string(record.kind())) +
                    " came where records are joined");
  }
  key_.clear();
  for (const std::size_t field : fields_[index_of(side)]) {
    if (finder[field].is_null()) return false;
    append_sort_key(key_, finder[field]);
  }
  return true;
}

bool Join::keeps(Side side) const {
  return kind == JoinKind::outer || (kind == JoinKind::left && side == Side::left);
}

void Join::take(Side side, const Datum& record, Emit<Datum>& out) {
  if (!make_key(side, record)) {
    if (!keeps(side)) return;
    key_.clear();
  }
  const LoggedRow row = log_.add(side, key_, as_text(*record.encoded()));
  const Keyed* keyed = keep(row);
  if (keyed == nullptr) return;
  const Side other = side == Side::left ? Side::right : Side::left;
  for (auto i = keyed->second.first[index_of(other)]; i != none; i = rows_[i].next) {
    const std::string_view partner = rows_[i].bytes;
    const std::string_view pair =
        side == Side::left ? merged(row.row, partner) : merged(partner, row.row);
    out(Datum::cbor(as_bytes(pair)), row.key);
  }
}

const Join::Keyed* Join::keep(const LoggedRow& row) {
  if (rows_.size() == none) throw Lack("a join holds no more than 4294967295 records");
  const auto index = static_cast<std::uint32_t>(rows_.size());
  if (row.key.empty()) {
    rows_.push_back({row.row, none, row.side, nullptr});
    return nullptr;
  }
  Keyed& keyed = *groups_.try_emplace(row.key).first;
  Group& group = keyed.second;
  rows_.push_back({row.row, none, row.side, &keyed});
  std::uint32_t& last = group.last[index_of(row.side)];
  if (last == none) {
    group.first[index_of(row.side)] = index;
  } else {
    rows_[last].next = index;
  }
  last = index;
  return &keyed;
}

std::string_view Join::merged(std::string_view left, std::string_view right) {
  const std::vector<std::string_view> left_names = names_of(left);
  const std::vector<std::string_view> right_names = names_of(right);
  const Entries of_left(left);
  Entries of_right(right);
  std::string more;
  CborWriter writer(more);
  std::size_t count = of_left.count;
  for (const std::string_view name : right_names) {
    of_right.next_name();
    const Bytes value = of_right.next_value();
    if (std::find(left_out_.begin(), left_out_.end(), name) != left_out_.end()) continue;
    std::string shown(name);
    if (contains(left_names, name)) {
      do {
        shown.insert(0, prefix);
      } while (contains(left_names, shown) || contains(right_names, shown));
    }
    writer.text(shown);
    writer.item(value);
    ++count;
  }
  made_.clear();
  CborWriter(made_).map(count);
  made_ += of_left.content;
  return made_ += more;
}

void Join::finish(Emit<Datum>& out) {
  for (const Row& row : rows_) {
    if (!keeps(row.side)) continue;
    const Side other = row.side == Side::left ? Side::right : Side::left;
    if (row.keyed == nullptr) {
      out(Datum::cbor(as_bytes(row.bytes)));
    } else if (row.keyed->second.first[index_of(other)] == none) {
      out(Datum::cbor(as_bytes(row.bytes)), row.keyed->first);
    }
  }
}

void Join::restore(const Snapshot& snapshot) {
  RowLog::read(snapshot.text(),
               [&](const LoggedRow& row) { keep(log_.add(row.side, row.key, row.row)); });
}

}  // namespace penstock::table
