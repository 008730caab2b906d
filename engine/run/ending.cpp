#include "run/ending.hpp"

#include <csignal>
#include <string>

#include "base/clock.hpp"
#include "ipc/doorbell.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kSignalPatienceNs = 10'000 * kMs;  // running calls may finish
constexpr std::uint64_t kFailurePatienceNs = 2'000 * kMs;

std::string in_seconds(std::uint64_t ns) {
  return std::to_string(ns / 1000 / kMs) + " s";
}

}  // namespace

void Ending::listen() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error) return;
    interrupted(signal);
    listen();
  });
}

void Ending::interrupted(int signal) {
  if (state_.ending || callbacks_until_ != UINT64_MAX) {
    at_once_ = true;
    return;
  }
  if (only_callbacks_) {
    callbacks_until_ = state_.now + kFailurePatienceNs;
    state_.say(Level::info, "the work is done; callbacks that wait are called for " +
                                in_seconds(kFailurePatienceNs) +
                                " more; once more ends that at once");
    return;
  }
  state_.end_early(signal == SIGINT ? Status::interrupted : Status::terminated,
                   signal == SIGINT ? "stopped by SIGINT" : "stopped by SIGTERM");
  state_.say(Level::info, state_.reason + ": running calls may finish for " +
                              in_seconds(kSignalPatienceNs) + "; once more ends them at once");
}

bool Ending::begins() {
  if (since_ != 0) return false;
  since_ = state_.now;
  return true;
}

bool Ending::calls_out_of_time() const {
  const bool by_signal =
      state_.status == Status::interrupted || state_.status == Status::terminated;
  return at_once_ || state_.now >= since_ + (by_signal ? kSignalPatienceNs : kFailurePatienceNs);
}

void Ending::only_callbacks() {
  only_callbacks_ = true;
  if (state_.ending) callbacks_until_ = ipc::monotonic_ns() + kFailurePatienceNs;
}

}  // namespace penstock
