#include "files/name_template.hpp"

#include <algorithm>

#include "files/row_format.hpp"

namespace penstock::files {
namespace {

std::string part_of_a_name(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '%' || byte < ' ' || byte == 127 || (c == '.' && out.empty())) {
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

std::string path_of_names(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty() || name == ".") continue;
    if (!out.empty()) out += '/';
    out += part_of_a_name(name);
  }
  return out;
}

std::string field_of(const Datum& item, const std::string& name) {
  if (item.kind() != DatumKind::map) {
    throw Permanent("the name takes a field '" + name +
                    "', but the item is no record: " + std::string(to_string(item.kind())));
  }
  const Datum value = item[name];
  switch (value.kind()) {
    case DatumKind::text: return std::string(value.text());
    case DatumKind::integer:
    case DatumKind::real:
    case DatumKind::boolean: {
      std::string text;
      append_json(text, value);
      return text;
    }
    default:
      throw Permanent("the item's field '" + name + "' is " + std::string(to_string(value.kind())) +
                      ", which makes no name");
  }
}

}  // namespace

NameTemplate::NameTemplate(std::string_view text) {
  const std::string whole = "'" + std::string(text) + "'";
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    if (open != 0) parts_.push_back({std::string(text.substr(0, open))});
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find('}');
    if (close == text.npos || close == 1) {
      throw Permanent(whole + " has a { without a name and a }");
    }
    std::string_view field = text.substr(1, close - 1);
    const bool folders = field.size() > 1 && field.ends_with('/');
    if (folders) field.remove_suffix(1);
    parts_.push_back({std::string(field), true, folders});
    text.remove_prefix(close + 1);
  }
  if (std::none_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.field; })) {
    throw Permanent(whole +
                    " would name each item the same: put {n}, {id} or the {name} "
                    "of a field into it");
  }
}

std::string NameTemplate::make(std::uint64_t number, std::string_view id, const Datum& item) const {
  std::string name;
  for (const Part& part : parts_) {
    if (!part.field) {
      name += part.text;
    } else if (part.text == "n") {
      name += std::to_string(number);
    } else {
      const std::string value = part.text == "id" ? std::string(id) : field_of(item, part.text);
      name += part.folders ? path_of_names(value) : part_of_a_name(value);
    }
  }
  return name;
}

}  // namespace penstock::files
