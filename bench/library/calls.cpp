#include <penstock/pool.hpp>

#include <ranges>

#include "measures.hpp"
#include "stopwatch.hpp"

namespace {

// It has had calls when the clock starts.
class WarmPool : public penstock::Pool {
 public:
  WarmPool() : Pool({.processes = 2}) {
    map<std::int64_t>("peer.noop", std::views::iota(std::int64_t{0}, std::int64_t{2}));
  }
};

}  // namespace

Figures apply(std::int64_t count) {
  WarmPool pool;
  const Stopwatch watch;
  for (std::int64_t i = 0; i != count; ++i) {
    expect(pool.apply<std::int64_t>("peer.noop", i) == i);
  }
  return {watch.seconds()};
}

Figures apply_async(std::int64_t count) {
  WarmPool pool;
  std::vector<penstock::AsyncResult<std::int64_t>> results;
  results.reserve(static_cast<std::size_t>(count));
  const Stopwatch watch;
  for (std::int64_t i = 0; i != count; ++i) {
    results.push_back(pool.apply_async<std::int64_t>("peer.noop", i));
  }
  std::int64_t sum = 0;
  for (auto& result : results) sum += result.get();
  const double seconds = watch.seconds();
  expect(sum == count * (count - 1) / 2);
  return {seconds};
}

Figures map_ints(std::int64_t count) {
  WarmPool pool;
  const Stopwatch watch;
  const auto results =
      pool.map<std::int64_t>("peer.noop", std::views::iota(std::int64_t{0}, count));
  const double seconds = watch.seconds();
  expect(results.size() == static_cast<std::size_t>(count) && results.back() == count - 1);
  return {seconds};
}
