// How much room a text takes on a terminal: most characters one column, those of East Asia and
// pictures two, combining marks none; the same in every locale. Pure functions, any thread, for
// well-formed UTF-8 without control characters (see printable()).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock {

std::size_t column_count(std::string_view text);

// As much of it as fits; `~` in the place of what was cut off.
std::string cut_to_columns(std::string_view text, std::size_t columns);

// Filled up with spaces, at its end or its begin; one that is too long is cut.
std::string padded_right(std::string_view text, std::size_t columns);
std::string padded_left(std::string_view text, std::size_t columns);

// The words that fit, whole ones; if not even the first does, as much of it as fits.
std::string whole_words(std::string_view words, std::size_t columns);

}  // namespace penstock
