// A list in a manager's server; an index below zero counts from the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sync/managed/stored.hpp"

namespace penstock::sync {

class StoredList final : public Stored {
 public:
  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

 private:
  void look(Verb verb, Request& request, Answer& answer);
  void change(Verb verb, Request& request, Answer& answer);
  void search(Verb verb, Request& request, Answer& answer);
  void compute(Verb verb, Request& request, Answer& answer);
  void arrange(Verb verb, bool descending);
  void add_all(Verb verb, Request& request);

  // With the object's lock. None: there is no such element, and the answer says so.
  std::optional<std::size_t> place_of(std::int64_t index, Answer& answer) const;
  std::size_t bounded(std::int64_t index) const;  // up to behind the last

  std::deque<Entry> values_;
};

}  // namespace penstock::sync
