// What a manager's server can do with values although it knows them only as bytes: put them in
// order, and add numbers. Pure functions, any thread; the bytes may be anything.
#pragma once

#include <string>
#include <string_view>

namespace penstock::sync {

// A whole order over all bytes: null, bool, numbers by their size, text, bytes, then lists and
// structs element by element; what is no value comes last.
bool comes_before(std::string_view a, std::string_view b);

struct Sum {
  std::string bytes;    // empty: there is none
  std::string problem;  // why
};

// Of two numbers; of whole ones it lies within the bounds.
Sum add(std::string_view a, std::string_view b, std::string_view lowest, std::string_view highest);

}  // namespace penstock::sync
