// Whether what one task emits can be what another takes: by structure, as pipelines are checked
// before they run. Pure functions over values; they never fail.
#pragma once

#include <penstock/type.hpp>

#include <algorithm>

namespace penstock PENSTOCK_HIDDEN {

// The field of a record or packed struct as a type of its own; nothing if it has none of that name.
inline std::optional<Type> field_type(const Type& type, std::string_view name) {
  if (type.kind == TypeKind::packed) {
    const auto field = std::ranges::find(type.fields, name, &PackedField::name);
    return field == type.fields.end() ? std::nullopt : std::optional(type_of(*field));
  }
  const auto found = std::ranges::find(type.names, name);
  if (found == type.names.end()) return std::nullopt;
  return type.parts[static_cast<std::size_t>(found - type.names.begin())];
}

// Why a value of type `from` cannot be taken where `to` is declared, in words that fit behind "the
// output cannot be taken: "; empty if it can. Fields match by name and type, more fields pass, an
// optional one may be absent; int becomes float, text becomes bytes. `any` takes everything, and
// what it gives is held against what is wanted item by item, when it comes.
inline std::string mismatch(const Type& to, const Type& from) {
  const auto within = [](const std::string& place, std::string reason) {
    return reason.empty() ? reason : place + ": " + reason;
  };
  const auto structured = [](const Type& type) {
    return type.kind == TypeKind::record || type.kind == TypeKind::packed;
  };

  if (to.kind == TypeKind::any || from.kind == TypeKind::any) return {};
  if (to.kind == TypeKind::optional) {
    if (from.kind == TypeKind::null) return {};
    return mismatch(to.parts[0], from.kind == TypeKind::optional ? from.parts[0] : from);
  }
  if (structured(to) && structured(from)) {
    const auto field = [&](const std::string& name, const Type& wanted) -> std::string {
      const std::optional<Type> given = field_type(from, name);
      if (given) return within("field '" + name + "'", mismatch(wanted, *given));
      return wanted.kind == TypeKind::optional ? "" : "field '" + name + "' is not there";
    };
    for (std::size_t i = 0; i != to.names.size(); ++i) {
      if (std::string reason = field(to.names[i], to.parts[i]); !reason.empty()) return reason;
    }
    for (const PackedField& packed : to.fields) {
      if (std::string reason = field(packed.name, type_of(packed)); !reason.empty()) return reason;
    }
    return {};
  }
  if (to.kind == TypeKind::real && from.kind == TypeKind::integer) return {};
  if (to.kind == TypeKind::bytes && from.kind == TypeKind::text) return {};
  if (to.kind != from.kind || to.parts.size() != from.parts.size()) {
    return to_string(from) + " is given where " + to_string(to) + " is wanted";
  }
  for (std::size_t i = 0; i != to.parts.size(); ++i) {
    const std::string place =
        to.kind == TypeKind::tuple ? "element " + std::to_string(i + 1) : "an element";
    if (std::string reason = within(place, mismatch(to.parts[i], from.parts[i])); !reason.empty()) {
      return reason;
    }
  }
  return {};
}

inline bool accepts(const Type& to, const Type& from) {
  return mismatch(to, from).empty();
}

// True if the bytes of a value of type `from` can be read as `to` just as they are. False for an
// accepted pair means that `convert` has to come between.
inline bool same_layout(const Type& to, const Type& from) {
  if (to == from || (to.kind == TypeKind::bytes && from.kind == TypeKind::text)) return true;
  return travels_as_cbor(to) && travels_as_cbor(from) && accepts(to, from);
}

}  // namespace penstock
