#include "files/list.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>

namespace penstock::files {
namespace {

ListedFile look_at(std::string path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw std::system_error(error, "cannot look at '" + path + "'");
  return {std::move(path), static_cast<std::int64_t>(size)};
}

}  // namespace

std::uint64_t List::extended(std::uint64_t hash, const std::string& path) {
  return (hash ^ std::hash<std::string>()(path)) * 0x9e3779b97f4a7c15;
}

void List::restore(const Snapshot& snapshot) {
  if (!snapshot.empty()) place_ = snapshot.as<Place>();
}

void List::open(Context& context) {
  if (input.standard_input()) return;
  paths_ = input.find();
  Place there = behind(std::min<std::uint64_t>(place_.next, paths_.size()));
  if (there.next != place_.next || there.paths != place_.paths) {
    context.changed(
        "the files to be listed are not those that they were before the interruption: "
        "one of the first " +
        std::to_string(place_.next) + " is another one now");
    const auto last = std::find_if(paths_.begin(), paths_.end(), [&](const std::string& path) {
      return extended(0, path) == place_.last;
    });
    if (last != paths_.end()) there = behind(static_cast<std::uint64_t>(last - paths_.begin()) + 1);
  }
  place_ = there;
}

// The place behind so many paths.
List::Place List::behind(std::uint64_t count) const {
  Place place;
  while (place.next != count) place = after(place);
  return place;
}

List::Place List::after(const Place& place) const {
  const std::string& path = paths_[place.next];
  return {extended(place.paths, path), place.next + 1, extended(0, path)};
}

std::optional<std::uint64_t> List::size() const {
  return input.standard_input() ? std::nullopt : std::optional<std::uint64_t>(paths_.size());
}

Snapshot List::snapshot() const {
  return input.standard_input() ? Snapshot() : Snapshot(place_);
}

bool List::produce(std::size_t want, Emit<ListedFile>& out, Context& context) {
  if (!input.standard_input()) {
    for (; want != 0 && place_.next != paths_.size(); --want) {
      out(look_at(paths_[place_.next]));
      place_ = after(place_);
    }
    return place_.next != paths_.size();
  }
  const Input given = context.input();
  std::string_view rest = given.text;
  for (; want != 0 && !rest.empty(); --want) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    if (length != 0) out(look_at(std::string(rest.substr(0, length))));
    rest.remove_prefix(std::min(length + 1, rest.size()));
  }
  context.consume(given.text.size() - rest.size());
  return !(given.end && rest.empty());
}

}  // namespace penstock::files
