// UTF-8: what is one, how long, and fit to be shown. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock {

// How many bytes from the beginning on are well-formed UTF-8; all of them: the text is.
std::size_t valid_utf8(std::string_view text);

// Characters (code points) of a well-formed text.
std::size_t character_count(std::string_view text);

// Where character `count`, from 0, begins in bytes; the size of the text where there is none.
std::size_t character_offset(std::string_view text, std::size_t count);

// The same text with U+FFFD in place of each byte that is no UTF-8.
std::string well_formed(std::string_view text);

// JSON with an escape in place of each character from U+0080 to U+009F, upon which terminals may
// act.
std::string with_escapes(std::string_view json);

// The same number of characters without any that a terminal would act upon: a tab becomes a space,
// a control character or a byte that is no UTF-8 becomes `?`.
std::string printable(std::string_view text);

}  // namespace penstock
