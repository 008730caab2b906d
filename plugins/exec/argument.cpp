#include "exec/argument.hpp"

#include <penstock/json.hpp>

#include <algorithm>

namespace penstock::exec {

Argument::Argument(std::string_view text) : whole_(text) {
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) parts_.push_back({What::literal, Cut::none, literal});
    literal.clear();
  };
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t brace = std::min(rest.find_first_of("{}"), rest.size());
    literal += rest.substr(0, brace);
    rest.remove_prefix(brace);
    if (rest.empty()) break;
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      literal += rest.front();
      rest.remove_prefix(2);
      continue;
    }
    const std::size_t close = rest.front() == '{' ? rest.find('}') : rest.npos;
    if (close == rest.npos) {
      throw Permanent("argument '" + whole_ + "' has a " + rest.front() +
                      " without its other half; " + rest.front() + rest.front() +
                      " stands for the character itself");
    }
    end_literal();
    parts_.push_back(placeholder(rest.substr(1, close - 1)));
    rest.remove_prefix(close + 1);
  }
  end_literal();
}

Argument::Part Argument::placeholder(std::string_view inside) {
  if (inside == "#") return {What::id, Cut::none, {}};
  struct Ending {
    std::string_view text;
    Cut cut;
  };
  constexpr Ending endings[] = {
      {"//", Cut::folder}, {"/.", Cut::bare_base}, {"/", Cut::base}, {".", Cut::no_extension}};
  Part part{What::item, Cut::none, {}};
  for (const Ending& ending : endings) {
    if (!inside.ends_with(ending.text)) continue;
    inside.remove_suffix(ending.text.size());
    part.cut = ending.cut;
    break;
  }
  if (!inside.empty()) part.what = What::field;
  part.text = inside;
  return part;
}

bool Argument::fixed() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.what == What::literal; });
}

bool Argument::takes_item() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
    return part.what == What::item || part.what == What::field;
  });
}

// A leading dot belongs to the name: ".profile" has no extension.
std::string_view Argument::cut_off(Cut cut, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view base = path.substr(slash == path.npos ? 0 : slash + 1);
  const std::size_t dot = base.rfind('.');
  const std::size_t extension = dot == base.npos || dot == 0 ? 0 : base.size() - dot;
  switch (cut) {
    case Cut::none:
      return path;
    case Cut::base:
      return base;
    case Cut::folder:
      return slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
    case Cut::no_extension:
      return path.substr(0, path.size() - extension);
    case Cut::bare_base:
      return base.substr(0, base.size() - extension);
  }
  return path;
}

void Argument::fill(const Datum& item, const Id& id, std::string& out) const {
  out.clear();
  std::string value;
  for (const Part& part : parts_) {
    if (part.what == What::literal) {
      out += part.text;
    } else if (part.what == What::id) {
      out += id();
    } else {
      value.clear();
      append_plain(value, part.what == What::item ? item : field_of(item, part.text));
      out += cut_off(part.cut, value);
    }
  }
  if (out.find('\0') != out.npos) {
    throw Permanent("argument '" + whole_ +
                    "' would have a NUL byte in it, which no program can be given");
  }
}

void append_plain(std::string& out, const Datum& value) {
  switch (value.kind()) {
    case DatumKind::null:
      return;
    case DatumKind::text:
    case DatumKind::bytes:
      out += as_text(value.bytes());
      return;
    default:
      if (!write_json(out, value)) throw Permanent("the item is damaged and cannot be written");
  }
}

Datum field_of(const Datum& item, std::string_view name) {
  const std::string wanted = "'" + std::string(name) + "'";
  if (item.kind() != DatumKind::map) {
    throw Permanent("there is no field " + wanted + " in an item that is no record but " +
                    std::string(to_string(item.kind())) +
                    "; {} is the whole item, {{ and }} are braces");
  }
  std::string there;
  for (const auto& [key, value] : item.entries()) {
    if (key == name) return value;
    there += there.empty() ? "" : ", ";
    there += key;
  }
  throw Permanent("the item has no field " + wanted + ", only " +
                  (there.empty() ? "none at all" : there) + "; {{ and }} are braces");
}

}  // namespace penstock::exec
