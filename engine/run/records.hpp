// What the engine itself says of items, as values that tasks take: the record of one that was given
// up, for readers of `failed`, and of how something ended, for callbacks. Shapes and meanings stand
// in <penstock/plugin.h>. Pure functions; what they return is CBOR.
#pragma once

#include <string>
#include <string_view>

#include "penstock/observer.hpp"
#include "plan/plan.hpp"
#include "state/dead_letter.hpp"

namespace penstock {

// Any value as such; null if the bytes are not of the type.
std::string any_value(const std::string& type, std::string_view bytes);

std::string failed_record(const DeadLetter& letter, std::string_view payload);

struct Completed {
  Event event = Event::item_done;
  std::string stage;
  std::string item;
  unsigned attempt = 0;
  std::string outcome;
  std::string cause;
  double seconds = 0;
  std::string value;  // CBOR; empty: null
};

std::string_view to_string(Event event);
std::string completion_record(const Completed& completed);
std::string completion_line(const Completed& completed);  // the same as JSON

// An account as a value.
std::string account_value(const StageReport& stage);
std::string account_value(const Report& report);

}  // namespace penstock
