#include "table/aggregate.hpp"

#include <algorithm>
#include <set>

#include "table/sort_key.hpp"

namespace penstock::table {

void Aggregate::params(Params& p) {
  p.optional("by", by, "fields that the records of a group agree in; none: all are one group");
  p.optional("count", count, "name of the field with the number of records; empty: none");
  p.optional("sum", sum, "fields to be added up, each into sum_FIELD");
  p.optional("min", min, "fields whose least value is given, as min_FIELD");
  p.optional("max", max, "fields whose greatest value is given, as max_FIELD");
  p.optional("mean", mean, "fields whose mean is given, as mean_FIELD");
}

void Aggregate::open() {
  for (const std::string& field : by) fields_.add(field);
  if (fields_.size() != by.size()) throw Permanent("'by' names a field twice");
  first_tally_ = fields_.size();
  add_columns(sum, "sum_", Column::What::sum);
  add_columns(min, "min_", Column::What::min);
  add_columns(max, "max_", Column::What::max);
  add_columns(mean, "mean_", Column::What::mean);
  check_names();
}

void Aggregate::add_columns(const std::vector<std::string>& fields, const char* prefix,
                            Column::What what) {
  for (const std::string& field : fields) {
    const std::size_t index = fields_.add(field);
    if (index < first_tally_) {
      throw Permanent("'" + field + "' is a field of 'by', and so the same in all of a group");
    }
    columns_.push_back({prefix + field, index - first_tally_, what});
  }
}

void Aggregate::check_names() const {
  std::set<std::string> names(by.begin(), by.end());
  std::size_t wanted = by.size() + columns_.size();
  for (const Column& column : columns_) names.insert(column.name);
  if (!count.empty()) {
    names.insert(count);
    ++wanted;
  }
  if (wanted == 0) throw Permanent("none of by, count, sum, min, max and mean is set");
  if (names.size() != wanted) {
    throw Permanent(
        "two fields of what is emitted would have one name; name other fields, or set "
        "'count' to another name");
  }
}

bool Aggregate::complete() const {
  for (std::size_t i = 0; i != fields_.size(); ++i) {
    if (i < first_tally_ ? fields_[i].is_null() : !Tally::takes(fields_[i])) return false;
  }
  return true;
}

void Aggregate::run(const Datum& record, Emit<Datum>& out) {
  if (!fields_.find(record) || !complete()) {
    if (groups_.empty()) note_absent(record);
    return out.to("rejects")(record);
  }
  key_.clear();
  for (std::size_t i = 0; i != first_tally_; ++i) append_sort_key(key_, fields_[i]);
  const auto [place, fresh] = groups_.try_emplace(key_);
  Group& group = place->second;
  if (fresh) {
    CborWriter writer(group.values);
    for (std::size_t i = 0; i != first_tally_; ++i) {
      writer.text(by[i]);
      writer.item(*fields_[i].encoded());
    }
    group.tallies.resize(fields_.size() - first_tally_);
  }
  ++group.count;
  for (std::size_t i = 0; i != group.tallies.size(); ++i) {
    group.tallies[i].add(fields_[first_tally_ + i]);
  }
}

// A record that counts has all fields, so nothing is absent once there is a group.
void Aggregate::note_absent(const Datum& record) {
  if (record.kind() != DatumKind::map) return;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : record.entries()) names.push_back(name);
  if (example_.empty()) {
    absent_ = fields_.names();
    for (const std::string_view name : names) {
      example_ += (example_.empty() ? "'" : ", '") + std::string(name) + "'";
    }
    if (example_.empty()) example_ = "none";
  }
  std::erase_if(absent_, [&](auto& name) { return std::ranges::count(names, name) != 0; });
}

std::string_view Aggregate::record_of(const Group& group) {
  made_.clear();
  CborWriter writer(made_);
  writer.map(by.size() + (count.empty() ? 0 : 1) + columns_.size());
  writer.item(as_bytes(group.values));
  if (!count.empty()) {
    writer.text(count);
    writer.natural(group.count);
  }
  for (const Column& column : columns_) {
    const Tally& tally = group.tallies[column.tally];
    writer.text(column.name);
    switch (column.what) {
      case Column::What::sum:
        tally.write_sum(writer);
        break;
      case Column::What::min:
        tally.write_min(writer);
        break;
      case Column::What::max:
        tally.write_max(writer);
        break;
      case Column::What::mean:
        tally.write_mean(writer, group.count);
        break;
    }
  }
  return made_;
}

void Aggregate::finish(Emit<Datum>& out, Context& context) {
  if (groups_.empty() && !absent_.empty()) {
    context.warn("no record that came has a field '" + absent_.front() +
                 "', so all of them went to `rejects`; the fields of the first one: " + example_);
  }
  std::vector<const std::pair<const std::string, Group>*> sorted;
  sorted.reserve(groups_.size());
  for (const auto& entry : groups_) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  for (const auto* entry : sorted) {
    out(Datum::cbor(as_bytes(record_of(entry->second))), entry->first);
  }
}

Snapshot Aggregate::snapshot() const {
  std::string bytes;
  CborWriter writer(bytes);
  sdk::Codec<std::vector<std::string>>::write(writer, absent_);
  writer.text(example_);
  writer.natural(fields_.size() - first_tally_);
  for (const auto& [key, group] : groups_) {
    writer.text(key);
    writer.bytes(as_bytes(group.values));
    writer.natural(group.count);
    for (const Tally& tally : group.tallies) tally.write(writer);
  }
  return bytes;
}

void Aggregate::restore(const Snapshot& snapshot) {
  CborReader reader(snapshot.bytes());
  sdk::Codec<std::vector<std::string>>::read(reader, absent_);
  sdk::Codec<std::string>::read(reader, example_);
  std::size_t tallies = 0;
  sdk::Codec<std::size_t>::read(reader, tallies);
  while (!reader.done()) {
    std::string key;
    Group group;
    sdk::Codec<std::string>::read(reader, key);
    group.values = sdk::take(reader, DatumKind::bytes).content;
    sdk::Codec<std::uint64_t>::read(reader, group.count);
    for (std::size_t i = 0; i != tallies; ++i) group.tallies.emplace_back().read(reader);
    groups_.emplace(std::move(key), std::move(group));
  }
}

}  // namespace penstock::table
