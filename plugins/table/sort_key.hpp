// Values as bytes that compare as the values do: bools, then numbers by their size, then text and
// bytes by their content, then lists and maps by their encoded bytes. Equal values have equal
// bytes: 2 and 2.0, text and bytes of one content. What is written for several values one after
// the other compares as they do in that order.
#pragma once

#include <penstock/datum.hpp>

#include <string>

namespace penstock::table {

// Throws Malformed where the value is damaged.
void append_sort_key(std::string& out, const Datum& value);

}  // namespace penstock::table
