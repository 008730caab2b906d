// "did you mean": the known word that a mistyped one was most likely meant to be. Pure functions,
// any thread; bounded time, since words longer than any name is, and very many, are not compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

// Edits that turn `a` into `b`: a character added, left out or changed, or two neighbours swapped.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word nearest to `word`, the first of several equally near ones; nothing where none is
// near enough to be meant (about one edit for every three characters, or one word begins with the
// other), or where `word` is known.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

// "did you mean `x`?", or an empty text.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace penstock
