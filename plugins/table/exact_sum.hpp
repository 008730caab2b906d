// Adds floats without losing a bit: the sum is rounded once, at its end, and so does not depend on
// the order in which they come. Kept as floats of which no two have bits in common, the smallest
// first (J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
// Predicates, 1997, section 2.4); for values of similar size these are two or three.
#pragma once

#include <vector>

namespace penstock::table {

class ExactSum {
 public:
  // Of a finite value. Throws std::overflow_error if the sum is beyond what a float can hold.
  void add(double value);

  double rounded() const;  // to the nearest, ties to even

  const std::vector<double>& parts() const { return parts_; }
  static ExactSum of(std::vector<double> parts);

 private:
  std::vector<double> parts_;
};

}  // namespace penstock::table
