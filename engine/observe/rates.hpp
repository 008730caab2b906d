// How fast items get done just now, for a run and for each of its stages: an average in which what
// lies some seconds back counts less and less. Time is what the reports say of it; there is no
// clock here. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "penstock/report.hpp"

namespace penstock {

class Rates {
 public:
  // Reports of one run, in their order; one that is no later than the last is passed over.
  void see(const Report& report);

  double items() const { return items_.per_second; }
  // Of the stage at this place in Report::stages; 0 for one that has not been seen.
  double stage(std::size_t index) const;

  // The averages over the whole run.
  static Rates whole_run(const Report& report);

 private:
  struct Meter {
    void see(std::uint64_t done, double elapsed, double weight);

    std::uint64_t done = 0;
    double per_second = 0;
  };

  void see(const Report& report, double elapsed, double weight);

  Meter items_;
  std::vector<Meter> stages_;
  double seconds_ = 0;
};

}  // namespace penstock
