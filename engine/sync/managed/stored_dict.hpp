// A dict in a manager's server, of which Namespace is another view. It keeps the order in which its
// keys came. Keys are equal when their bytes are.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sync/managed/stored.hpp"

namespace penstock::sync {

class StoredDict final : public Stored {
 public:
  void perform(Verb verb, Request& request, Answer& answer, const Caller& caller) override;

  // For the server itself.
  void set(std::string_view key, Entry value);

 private:
  struct Item {
    std::string key;
    Entry value;
  };
  using Place = std::list<Item>::iterator;

  void look(Verb verb, Request& request, Answer& answer);
  void change(Verb verb, Request& request, Answer& answer);
  void list_all(Verb verb, Answer& answer);
  void update(Request& request);
  void compute(Verb verb, Request& request, Answer& answer);
  Item take(Place place);
  Place place_of(std::string_view key);

  // Each with the object's lock. What they replace or take out goes without it.
  Entry replace(std::string_view key, Entry value);

  std::list<Item> items_;
  std::unordered_map<std::string_view, Place> index_;  // views of the keys of the items
};

}  // namespace penstock::sync
