// For tests in which a holder of a shared object writes over its words.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

#include "sync/object.hpp"
#include "sync/region.hpp"

namespace penstock::sync {

// Said so, and not of a lack.
template <class T>
bool is_damaged(const Result<T>& result) {
  return !result && result.error().status() == Status::gave_up &&
         std::string_view(result.error().what()).find("is damaged") != std::string_view::npos;
}

// Another holder's mapping of the same object.
inline Region seen_by_another(const Object& object) {
  return Region::open(duplicate(object.descriptors()[0]).value(), object.kind(), object.id())
      .value();
}

// Small numbers lead to what is there, others to what is not.
inline std::uint32_t noise(std::mt19937& random) {
  return random() % 2 == 0 ? random() % 24 : random();
}

}  // namespace penstock::sync
