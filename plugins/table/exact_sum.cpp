#include "table/exact_sum.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace penstock::table {
namespace {

// The sum of two floats, and what its rounding took away.
std::pair<double, double> add_exactly(double a, double b) {
  if (std::abs(a) < std::abs(b)) std::swap(a, b);
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

}  // namespace

void ExactSum::add(double value) {
  std::size_t kept = 0;
  for (const double part : parts_) {
    const auto [sum, rest] = add_exactly(value, part);
    if (!std::isfinite(sum)) throw std::overflow_error("a sum is beyond what a float can hold");
    if (rest != 0) parts_[kept++] = rest;
    value = sum;
  }
  parts_.resize(kept);
  if (value != 0) parts_.push_back(value);
}

double ExactSum::rounded() const {
  double sum = 0;
  double rest = 0;
  std::size_t left = parts_.size();
  while (left != 0 && rest == 0) std::tie(sum, rest) = add_exactly(sum, parts_[--left]);
  if (rest == 0 || left == 0) return sum;
  // Half-way between two floats as far as this was seen: what is left decides.
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double neighbour = std::nextafter(sum, rest > 0 ? infinity : -infinity);
  const bool tie = neighbour - sum == 2 * rest;
  return tie && std::signbit(parts_[left - 1]) == std::signbit(rest) ? neighbour : sum;
}

ExactSum ExactSum::of(std::vector<double> parts) {
  ExactSum sum;
  sum.parts_ = std::move(parts);
  return sum;
}

}  // namespace penstock::table
