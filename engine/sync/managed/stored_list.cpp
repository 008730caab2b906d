#include "sync/managed/stored_list.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "sync/managed/encoded_value.hpp"
#include "sync/managed/message.hpp"

namespace penstock::sync {

std::optional<std::size_t> StoredList::place_of(std::int64_t index, Answer& answer) const {
  const auto size = static_cast<std::int64_t>(values_.size());
  if (index >= size || index < -size) {
    answer.refuse(Refusal::absent, "index " + std::to_string(index) + " is out of the list's " +
                                       std::to_string(size) + " elements");
    return std::nullopt;
  }
  return static_cast<std::size_t>(index < 0 ? index + size : index);
}

std::size_t StoredList::bounded(std::int64_t index) const {
  const auto size = static_cast<std::int64_t>(values_.size());
  if (index < 0) index = std::max<std::int64_t>(index, -size) + size;
  return static_cast<std::size_t>(std::min(index, size));
}

void StoredList::perform(Verb verb, Request& request, Answer& answer, const Caller&) {
  switch (verb) {
    case Verb::list_get:
    case Verb::list_size:
    case Verb::list_slice:
      return look(verb, request, answer);
    case Verb::list_set:
    case Verb::list_insert:
    case Verb::list_take:
    case Verb::list_erase:
      return change(verb, request, answer);
    case Verb::list_remove:
    case Verb::list_find:
    case Verb::list_count:
      return search(verb, request, answer);
    case Verb::list_append:
    case Verb::list_assign:
      return add_all(verb, request);
    case Verb::list_sort:
    case Verb::list_reverse:
    case Verb::list_clear: {
      const bool descending = verb == Verb::list_sort && request.flag();
      if (request.complete()) arrange(verb, descending);
      return;
    }
    case Verb::list_add:
    case Verb::list_exchange:
      return compute(verb, request, answer);
    default:
      return refuse_verb(answer, "a list");
  }
}

void StoredList::look(Verb verb, Request& request, Answer& answer) {
  const std::int64_t begin = verb == Verb::list_size ? 0 : request.integer();
  const std::int64_t end = verb == Verb::list_slice ? request.integer() : 0;
  if (!request.complete()) return;
  const std::lock_guard lock(mutex_);
  if (verb == Verb::list_size) return answer.natural(values_.size());
  if (verb == Verb::list_get) {
    if (const auto place = place_of(begin, answer)) answer.value(values_[*place]);
    return;
  }
  const std::size_t first = bounded(begin);
  const std::size_t last = std::max(bounded(end), first);
  answer.natural(last - first);
  for (std::size_t i = first; i != last; ++i) answer.value(values_[i]);
}

void StoredList::change(Verb verb, Request& request, Answer& answer) {
  const std::int64_t index = request.integer();
  const bool brings_value = verb == Verb::list_set || verb == Verb::list_insert;
  Entry value = brings_value ? request.value() : Entry();
  if (!request.complete()) return;

  Entry old;  // goes without the lock
  const std::lock_guard lock(mutex_);
  const auto at = [&](std::size_t place) {
    return values_.begin() + static_cast<std::ptrdiff_t>(place);
  };
  if (verb == Verb::list_insert) {
    values_.insert(at(bounded(index)), std::move(value));
    return;
  }
  const auto place = place_of(index, answer);
  if (!place) return;
  old = std::exchange(values_[*place], std::move(value));
  if (verb == Verb::list_set) return;
  values_.erase(at(*place));
  if (verb == Verb::list_take) answer.value(old);
}

void StoredList::search(Verb verb, Request& request, Answer& answer) {
  const Entry value = request.value();
  if (!request.complete()) return;
  Entry old;  // goes without the lock
  const std::lock_guard lock(mutex_);
  if (verb == Verb::list_count) {
    return answer.natural(
        static_cast<std::uint64_t>(std::count(values_.begin(), values_.end(), value)));
  }
  const auto found = std::find(values_.begin(), values_.end(), value);
  const bool there = found != values_.end();
  if (verb == Verb::list_find) {
    return answer.integer(there ? std::distance(values_.begin(), found) : -1);
  }
  answer.flag(there);
  if (!there) return;
  old = std::move(*found);
  values_.erase(found);
}

void StoredList::add_all(Verb verb, Request& request) {
  std::deque<Entry> added;
  const std::size_t count = request.count();
  for (std::size_t i = 0; i != count && request.well_formed(); ++i) {
    added.push_back(request.value());
  }
  if (!request.complete()) return;
  std::deque<Entry> old;  // goes without the lock
  const std::lock_guard lock(mutex_);
  if (verb == Verb::list_assign) old.swap(values_);
  if (values_.empty()) {
    values_.swap(added);
  } else {
    std::move(added.begin(), added.end(), std::back_inserter(values_));
  }
}

void StoredList::arrange(Verb verb, bool descending) {
  std::deque<Entry> old;  // goes without the lock
  const std::lock_guard lock(mutex_);
  switch (verb) {
    case Verb::list_reverse:
      std::reverse(values_.begin(), values_.end());
      break;
    case Verb::list_clear:
      old.swap(values_);
      break;
    default:
      std::stable_sort(values_.begin(), values_.end(), [&](const Entry& a, const Entry& b) {
        return descending ? comes_before(b.bytes, a.bytes) : comes_before(a.bytes, b.bytes);
      });
  }
}

void StoredList::compute(Verb verb, Request& request, Answer& answer) {
  const bool adds = verb == Verb::list_add;
  const std::int64_t index = request.integer();
  const std::string_view delta = adds ? request.key() : std::string_view();
  const std::string_view lowest = adds ? request.key() : std::string_view();
  const std::string_view highest = adds ? request.key() : std::string_view();
  const Entry expected = adds ? Entry() : request.value();
  Entry value = adds ? Entry() : request.value();
  if (!request.complete()) return;

  Entry old;  // goes without the lock
  const std::lock_guard lock(mutex_);
  const auto place = place_of(index, answer);
  if (!place) return;
  if (!adds) {
    const bool as_expected = values_[*place] == expected;
    if (as_expected) old = std::exchange(values_[*place], std::move(value));
    return answer.flag(as_expected);
  }
  const Sum sum = add(values_[*place].bytes, delta, lowest, highest);
  if (sum.bytes.empty()) return answer.refuse(Refusal::misuse, sum.problem);
  value.bytes = sum.bytes;
  answer.value(value);
  old = std::exchange(values_[*place], std::move(value));
}

}  // namespace penstock::sync
