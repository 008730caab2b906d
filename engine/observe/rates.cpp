#include "observe/rates.hpp"

#include <cmath>

namespace penstock {
namespace {

constexpr double memory = 2;  // seconds after which a measurement has lost most of its weight

}  // namespace

void Rates::Meter::see(std::uint64_t now, double elapsed, double weight) {
  // A call that is taken back, as after a death, is no negative speed.
  const auto gained = now > done ? static_cast<double>(now - done) : 0.0;
  per_second += (gained / elapsed - per_second) * weight;
  done = now;
}

void Rates::see(const Report& report) {
  const double elapsed = report.seconds - seconds_;
  if (!(elapsed > 0)) return;
  const bool first = seconds_ == 0;
  see(report, elapsed, first ? 1 : 1 - std::exp(-elapsed / memory));
}

void Rates::see(const Report& report, double elapsed, double weight) {
  items_.see(report.done, elapsed, weight);
  stages_.resize(report.stages.size());
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    stages_[i].see(report.stages[i].done, elapsed, weight);
  }
  seconds_ = report.seconds;
}

double Rates::stage(std::size_t index) const {
  return index < stages_.size() ? stages_[index].per_second : 0;
}

Rates Rates::whole_run(const Report& report) {
  Rates rates;
  rates.see(report);
  return rates;
}

}  // namespace penstock
