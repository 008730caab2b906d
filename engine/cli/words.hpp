// A command that a person has written as one text -> its words, as a shell would split it: at
// spaces, but not within quotes; a backslash keeps the next character as it is. Nothing else has a
// meaning: no shell is involved. A pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

// Nothing if a quote is not closed, or a backslash is the last character.
std::optional<std::vector<std::string>> split_words(std::string_view text);

}  // namespace penstock
