// Where the program's words go: data to standard output, everything else to standard error.
#pragma once

#include <string>
#include <string_view>

namespace penstock {

// Data, as it is. Throws Error with Status::lack where standard output does not take all of it,
// such as when its reader has gone.
void print(std::string_view data);

// A text for a person, with a line end if it has none. What nobody reads is lost.
void tell(std::string_view text);

// Each line of a text from elsewhere, with what could steer a terminal made visible, behind the
// margin.
std::string set_in(const std::string& text, const std::string& margin);

}  // namespace penstock
