#include "spec/map_reader.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "base/units.hpp"

namespace penstock {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool is_name(std::string_view text, bool with_dash) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && lower(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '_' || (with_dash && c == '-');
  });
}

void check_name(const Marked<std::string>& name, const std::string& what, Findings& findings) {
  if (is_name(name.value, true)) return;
  findings.add(name.mark, ticked(name.value) + " cannot be " + what + "'s name",
               "a name has small letters, digits, `_` and `-`, and begins with a letter");
}

MapReader::MapReader(const Node& map, std::string owner, const KeySet& keys, Findings& findings)
    : map_(map), owner_(std::move(owner)), findings_(findings) {
  for (const Entry& entry : map.entries) {
    const std::string& key = entry.key.value;
    if (keys.free || contains(keys.known, key)) continue;
    if (contains(keys.not_yet, key)) {
      refuse(key, entry.key.mark, "is not in this version",
             "remove it: the word is kept for a later one");
    } else if (key == "<<") {
      findings.add(entry.key.mark, "`<<` does not merge maps here",
                   "write the keys out, or let an alias stand for a whole value");
    } else {
      if (const auto near = nearest(key, keys.known)) meant_.insert(*near);
      findings.add(entry.key.mark,
                   "unknown key " + ticked(key) + " in " + (owner_.empty() ? "the file" : owner_),
                   cure_of_unknown(key, keys));
    }
  }
}

const Node* MapReader::find(std::string_view key) const {
  for (const Entry& entry : map_.entries) {
    if (entry.key.value != key) continue;
    return entry.value.is(Node::Kind::unknown) ? nullptr : &entry.value;
  }
  return nullptr;
}

bool MapReader::has(std::string_view key) const {
  return meant_.count(key) != 0 ||
         std::any_of(map_.entries.begin(), map_.entries.end(),
                     [&](const Entry& entry) { return entry.key.value == key; });
}

void MapReader::refuse(std::string_view key, Mark mark, const std::string& message,
                       std::string hint) {
  const std::string subject = owner_.empty() ? ticked(key) : ticked(key) + " of " + owner_;
  findings_.add(mark, subject + ' ' + message, std::move(hint));
}

const Node* MapReader::scalar(std::string_view key, std::string_view wanted) {
  const Node* node = find(key);
  if (node == nullptr || node->is(Node::Kind::scalar)) return node;
  if (node->is(Node::Kind::null)) {
    refuse(key, node->mark, "has no value", "give it " + std::string(wanted));
  } else {
    refuse(key, node->mark, "is " + in_words(*node) + ", not " + std::string(wanted));
  }
  return nullptr;
}

Given<std::string> MapReader::text(std::string_view key) {
  const Node* node = scalar(key, "a text");
  if (node == nullptr) return std::nullopt;
  return Marked<std::string>{node->text, node->mark};
}

Given<std::string> MapReader::choice(std::string_view key,
                                     const std::vector<std::string>& choices) {
  Given<std::string> given = text(key);
  if (!given || contains(choices, given->value)) return given;
  const std::string near = did_you_mean(given->value, choices);
  refuse(key, given->mark,
         "is " + ticked(given->value) + ", not one of " + word_list(choices, "or"), near);
  return std::nullopt;
}

Given<std::string> MapReader::task(std::string_view key) {
  Given<std::string> given = text(key);
  if (!given) return std::nullopt;
  const std::string& name = given->value;
  const std::size_t dot = name.find('.');
  if (dot != std::string::npos && is_name(name.substr(0, dot), false) &&
      is_name(name.substr(dot + 1), false)) {
    return given;
  }
  refuse(key, given->mark, "is `" + name + "`, which names no task",
         dot == std::string::npos
             ? "write PLUGIN.TASK, such as `text." + (is_name(name, false) ? name : "grep") + "`"
             : "both words of PLUGIN.TASK have small letters, digits and `_`");
  return std::nullopt;
}

Given<std::uint64_t> MapReader::count(std::string_view key, Range<std::uint64_t> range,
                                      const std::string& hint) {
  const Node* node = scalar(key, "a whole number");
  if (node == nullptr) return std::nullopt;
  const Result<std::uint64_t> value = parse_count(node->text);
  if (!value) {
    refuse(key, node->mark, "is " + ticked(node->text) + ", which " + value.error().what(), hint);
  } else if (*value < range.least || *value > range.most) {
    refuse(key, node->mark,
           "is " + std::to_string(*value) + ", which is out of range: it can be from " +
               std::to_string(range.least) + " to " + std::to_string(range.most),
           hint);
  } else {
    return Marked<std::uint64_t>{*value, node->mark};
  }
  return std::nullopt;
}

Given<std::uint64_t> MapReader::size(std::string_view key, Range<std::uint64_t> range) {
  const Node* node = scalar(key, "a size, such as 64MiB");
  if (node == nullptr) return std::nullopt;
  const Result<std::uint64_t> value = parse_size(node->text);
  if (!value) {
    refuse(key, node->mark, "is " + ticked(node->text) + ", which " + value.error().what());
  } else if (*value < range.least || *value > range.most) {
    refuse(key, node->mark,
           "is " + node->text + ", which is out of range: it can be from " +
               size_text(range.least) + " to " + size_text(range.most));
  } else {
    return Marked<std::uint64_t>{*value, node->mark};
  }
  return std::nullopt;
}

Given<std::chrono::milliseconds> MapReader::duration(std::string_view key,
                                                     Range<std::chrono::milliseconds> range) {
  const Node* node = scalar(key, "a duration, such as 250ms");
  if (node == nullptr) return std::nullopt;
  const Result<std::chrono::nanoseconds> value = parse_duration(node->text);
  if (!value) {
    refuse(key, node->mark, "is " + ticked(node->text) + ", which " + value.error().what());
    return std::nullopt;
  }
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(*value);
  if (*value < range.least || *value > range.most) {
    refuse(key, node->mark,
           "is " + node->text + ", which is out of range: it can be from " +
               duration_text(range.least) + " to " + duration_text(range.most));
  } else if (whole != *value) {
    refuse(key, node->mark, "is " + node->text + ", which is finer than a millisecond");
  } else {
    return Marked<std::chrono::milliseconds>{whole, node->mark};
  }
  return std::nullopt;
}

Given<std::int64_t> MapReader::integer(std::string_view key, Range<std::int64_t> range) {
  const Node* node = scalar(key, "a whole number");
  if (node == nullptr) return std::nullopt;
  const Result<std::int64_t> value = parse_integer(node->text);
  if (!value) {
    refuse(key, node->mark, "is " + ticked(node->text) + ", which " + value.error().what());
  } else if (*value < range.least || *value > range.most) {
    refuse(key, node->mark,
           "is " + std::to_string(*value) + ", which is out of range: it can be from " +
               std::to_string(range.least) + " to " + std::to_string(range.most));
  } else {
    return Marked<std::int64_t>{*value, node->mark};
  }
  return std::nullopt;
}

Given<bool> MapReader::flag(std::string_view key) {
  const Node* node = scalar(key, "true or false");
  if (node == nullptr) return std::nullopt;
  const Result<bool> value = parse_switch(node->text);
  if (value) return Marked<bool>{*value, node->mark};
  refuse(key, node->mark, "is " + ticked(node->text) + ", which " + value.error().what());
  return std::nullopt;
}

Given<double> MapReader::rate(std::string_view key) {
  const Node* node = scalar(key, "a rate, such as 50/s");
  if (node == nullptr) return std::nullopt;
  const Result<double> value = parse_rate(node->text);
  if (value) return Marked<double>{*value, node->mark};
  refuse(key, node->mark, "is " + ticked(node->text) + ", which " + value.error().what());
  return std::nullopt;
}

std::vector<Marked<std::string>> MapReader::texts(std::string_view key, bool* readable) {
  std::vector<Marked<std::string>> result;
  bool all = true;
  const Node* node = find(key);
  if (node == nullptr) {
    all = !has(key);
  } else if (node->is(Node::Kind::list)) {
    for (const Node& item : node->items) {
      if (item.is(Node::Kind::scalar)) {
        result.push_back({item.text, item.mark});
        continue;
      }
      all = false;
      if (item.is(Node::Kind::unknown)) continue;
      refuse(key, item.mark, "has " + in_words(item) + " in its list, where a text belongs");
    }
  } else if (Given<std::string> one = text(key)) {
    result.push_back(std::move(*one));
  } else {
    all = false;
  }
  if (readable != nullptr) *readable = all;
  return result;
}

const Node* MapReader::map(std::string_view key) {
  const Node* node = find(key);
  if (node == nullptr || node->is(Node::Kind::map) || node->is(Node::Kind::null)) return node;
  refuse(key, node->mark, "is " + in_words(*node) + ", not a map");
  return nullptr;
}

}  // namespace penstock
