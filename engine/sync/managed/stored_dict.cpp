#include "sync/managed/stored_dict.hpp"

#include <utility>
#include <vector>

#include "sync/managed/encoded_value.hpp"
#include "sync/managed/message.hpp"

namespace penstock::sync {

StoredDict::Place StoredDict::place_of(std::string_view key) {
  const auto found = index_.find(key);
  return found == index_.end() ? items_.end() : found->second;
}

Entry StoredDict::replace(std::string_view key, Entry value) {
  if (const Place place = place_of(key); place != items_.end()) {
    return std::exchange(place->value, std::move(value));
  }
  items_.push_back({std::string(key), std::move(value)});
  const Place place = std::prev(items_.end());
  try {
    index_.emplace(place->key, place);
  } catch (...) {  // no memory
    items_.pop_back();
    throw;
  }
  return {};
}

StoredDict::Item StoredDict::take(Place place) {
  index_.erase(place->key);
  Item item = std::move(*place);
  items_.erase(place);
  return item;
}

void StoredDict::set(std::string_view key, Entry value) {
  Entry old;
  const std::lock_guard lock(mutex_);
  old = replace(key, std::move(value));
}

void StoredDict::perform(Verb verb, Request& request, Answer& answer, const Caller&) {
  switch (verb) {
    case Verb::dict_get:
    case Verb::dict_contains:
      return look(verb, request, answer);
    case Verb::dict_set:
    case Verb::dict_insert:
    case Verb::dict_take:
    case Verb::dict_take_last:
    case Verb::dict_erase:
    case Verb::dict_clear:
      return change(verb, request, answer);
    case Verb::dict_size:
    case Verb::dict_keys:
    case Verb::dict_values:
    case Verb::dict_items:
      if (request.complete()) list_all(verb, answer);
      return;
    case Verb::dict_update:
      return update(request);
    case Verb::dict_add:
    case Verb::dict_exchange:
      return compute(verb, request, answer);
    default:
      return refuse_verb(answer, "a dict");
  }
}

void StoredDict::look(Verb verb, Request& request, Answer& answer) {
  const std::string_view key = request.key();
  if (!request.complete()) return;
  const std::lock_guard lock(mutex_);
  const Place place = place_of(key);
  const bool there = place != items_.end();
  answer.flag(there);
  if (there && verb == Verb::dict_get) answer.value(place->value);
}

void StoredDict::change(Verb verb, Request& request, Answer& answer) {
  const bool brings_key = verb != Verb::dict_clear && verb != Verb::dict_take_last;
  const bool brings_value = verb == Verb::dict_set || verb == Verb::dict_insert;
  const std::string_view key = brings_key ? request.key() : std::string_view();
  Entry value = brings_value ? request.value() : Entry();
  if (!request.complete()) return;

  Item old;  // goes without the lock
  std::list<Item> cleared;
  const std::lock_guard lock(mutex_);
  switch (verb) {
    case Verb::dict_set:
      old.value = replace(key, std::move(value));
      break;
    case Verb::dict_insert: {
      const bool fresh = place_of(key) == items_.end();
      if (fresh) replace(key, std::move(value));
      answer.flag(fresh);
      answer.value(place_of(key)->value);
      break;
    }
    case Verb::dict_take:
    case Verb::dict_erase: {
      const Place place = place_of(key);
      const bool there = place != items_.end();
      answer.flag(there);
      if (there) old = take(place);
      if (there && verb == Verb::dict_take) answer.value(old.value);
      break;
    }
    case Verb::dict_take_last:
      answer.flag(!items_.empty());
      if (items_.empty()) break;
      old = take(std::prev(items_.end()));
      answer.key(old.key);
      answer.value(old.value);
      break;
    default:
      index_.clear();
      cleared.swap(items_);
      break;
  }
}

void StoredDict::list_all(Verb verb, Answer& answer) {
  const std::lock_guard lock(mutex_);
  answer.natural(items_.size());
  if (verb == Verb::dict_size) return;
  for (const Item& item : items_) {
    if (verb != Verb::dict_values) answer.key(item.key);
    if (verb != Verb::dict_keys) answer.value(item.value);
  }
}

void StoredDict::update(Request& request) {
  std::vector<std::pair<std::string_view, Entry>> items;
  const std::size_t count = request.count();
  for (std::size_t i = 0; i != count && request.well_formed(); ++i) {
    const std::string_view key = request.key();
    items.emplace_back(key, request.value());
  }
  if (!request.complete()) return;
  const std::lock_guard lock(mutex_);
  for (auto& [key, value] : items) value = replace(key, std::move(value));
}

void StoredDict::compute(Verb verb, Request& request, Answer& answer) {
  const bool adds = verb == Verb::dict_add;
  const std::string_view key = request.key();
  const std::string_view delta = adds ? request.key() : std::string_view();
  const std::string_view lowest = adds ? request.key() : std::string_view();
  const std::string_view highest = adds ? request.key() : std::string_view();
  const Entry expected = adds ? Entry() : request.value();
  Entry value = adds ? Entry() : request.value();
  if (!request.complete()) return;

  Entry old;  // goes without the lock
  const std::lock_guard lock(mutex_);
  const Place place = place_of(key);
  const bool there = place != items_.end();
  if (!adds) {
    const bool as_expected = there && place->value == expected;
    if (as_expected) old = replace(key, std::move(value));
    return answer.flag(as_expected);
  }
  if (!there) {
    value.bytes = delta;
  } else if (const Sum sum = add(place->value.bytes, delta, lowest, highest); sum.bytes.empty()) {
    return answer.refuse(Refusal::misuse, sum.problem);
  } else {
    value.bytes = sum.bytes;
  }
  answer.value(value);
  old = replace(key, std::move(value));
}

}  // namespace penstock::sync
