#include "observe/rates.hpp"

#include "catch.hpp"
#include "sample.hpp"

using namespace penstock;

namespace {

Report report_at(double seconds, std::uint64_t done) {
  Report report;
  report.seconds = seconds;
  report.done = done;
  report.stages = {sample_stage("a", 2 * done)};
  return report;
}

}  // namespace

TEST_CASE("a steady run has its rate from the first report on") {
  Rates rates;
  for (int i = 1; i < 50; ++i) {
    rates.see(report_at(i * 0.1, static_cast<std::uint64_t>(i) * 10));
    CHECK(rates.items() == Approx(100));
    CHECK(rates.stage(0) == Approx(200));
  }
}

TEST_CASE("a run that stands still is seen to within seconds") {
  Rates rates;
  rates.see(report_at(10, 1000));
  for (int i = 1; i <= 60; ++i) rates.see(report_at(10 + i * 0.1, 1000));
  CHECK(rates.items() < 6);
  CHECK(rates.items() >= 0);
}

TEST_CASE("the rate does not depend on how often one looks") {
  Rates often, seldom;
  for (int i = 1; i <= 40; ++i) often.see(report_at(i * 0.1, 0));
  seldom.see(report_at(4, 0));
  for (int i = 1; i <= 20; ++i) {
    often.see(report_at(4 + i * 0.1, static_cast<std::uint64_t>(i) * 10));
  }
  seldom.see(report_at(6, 200));
  CHECK(often.items() == Approx(seldom.items()).epsilon(0.001));
}

TEST_CASE("odd reports are harmless") {
  Rates rates;
  rates.see(report_at(0, 5));
  CHECK(rates.items() == 0);
  CHECK(rates.stage(7) == 0);
  rates.see(report_at(1, 100));
  rates.see(report_at(1, 900));  // no later
  CHECK(rates.items() == Approx(100));
  rates.see(report_at(2, 50));  // fewer
  CHECK(rates.items() >= 0);
}

TEST_CASE("the average of a whole run") {
  CHECK(Rates::whole_run(report_at(4, 100)).items() == Approx(25));
  CHECK(Rates::whole_run(report_at(0, 100)).items() == 0);
}
