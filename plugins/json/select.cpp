#include "json/select.hpp"

#include <algorithm>

namespace penstock::json {

void Select::params(Params& p) {
  p.optional("fields", fields,
             "to keep, in this order: NAME, NAME.NAME for what is within it, or NEW=NAME; none: "
             "all of them");
  p.optional("where", where,
             "conditions, all to be met: FIELD OP VALUE (== != < <= > >= in), or FIELD exists");
}

void Select::open() {
  for (const std::string& text : where) conditions_.emplace_back(text, parser_);
  for (const std::string& text : fields) add_field(text);
  CborWriter(head_).map(fields_.size());
}

void Select::add_field(std::string_view text) {
  const std::size_t equals = text.find('=');
  Field field;
  field.path = FieldPath(equals == text.npos ? text : text.substr(equals + 1));
  const std::string name =
      equals == text.npos ? field.path.last() : std::string(text.substr(0, equals));
  CborWriter(field.key).text(name);
  const bool taken = std::any_of(fields_.begin(), fields_.end(),
                                 [&](const Field& other) { return other.key == field.key; });
  if (taken) {
    throw Permanent("two fields would be called '" + name +
                    "'; NEW=" + std::string(text.substr(equals == text.npos ? 0 : equals + 1)) +
                    " gives one of them another name");
  }
  fields_.push_back(std::move(field));
}

void Select::run(const Datum& item, Emit<Datum>& out) {
  const Datum record = record_of(item);
  const bool meets = std::all_of(conditions_.begin(), conditions_.end(),
                                 [&](const Condition& one) { return one.holds(record); });
  if (!meets) {
    out.to<Datum>("rest")(record);
  } else if (fields_.empty()) {
    out(record);
  } else {
    out(Datum::cbor(selected(record)));
  }
}

Datum Select::record_of(const Datum& item) {
  Datum record = item;
  if (item.kind() == DatumKind::text || item.kind() == DatumKind::bytes) {
    parsed_.clear();
    if (const auto reason = parser_.parse(as_text(item.bytes()), parsed_)) {
      throw Permanent("the text is no JSON: " + *reason);
    }
    record = Datum::cbor(as_bytes(parsed_));
  }
  if (record.kind() == DatumKind::map) return record;
  throw Permanent("json.select takes records; this is of the kind " +
                  std::string(to_string(record.kind())));
}

// Looks at each field of the record once, however many are asked for.
Bytes Select::selected(const Datum& record) {
  for (Field& field : fields_) field.found = Datum();
  for (const auto& [name, value] : record.entries()) {
    for (Field& field : fields_) {
      if (field.path.first() == name) field.found = field.path.find_below_first(value);
    }
  }
  made_ = head_;
  CborWriter cbor(made_);
  for (const Field& field : fields_) {
    made_ += field.key;
    const std::optional<Bytes> encoded = field.found.encoded();
    encoded ? cbor.item(*encoded) : cbor.null();
  }
  return as_bytes(made_);
}

}  // namespace penstock::json
