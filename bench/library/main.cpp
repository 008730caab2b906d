// bench_library MEASURE COUNT [SIZE]: prints the figures of one measure in a line, as its peers in
// bench/python do.
#include <penstock/pool.hpp>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>

#include "measures.hpp"

int main(int argc, char** argv) try {
  penstock::worker_guard(argc, argv);
  const std::int64_t count = argc > 2 ? std::atoll(argv[2]) : 0;
  const std::int64_t size = argc > 3 ? std::atoll(argv[3]) : 0;

  const std::map<std::string_view, std::function<Figures()>> measures = {
      {"apply", [&] { return apply(count); }},
      {"async", [&] { return apply_async(count); }},
      {"map", [&] { return map_ints(count); }},
      {"queue", [&] { return queue_rate(count); }},
      {"latency", [&] { return queue_latency(count); }},
      {"pipe", [&] { return pipe(count, size); }},
      {"lock", [&] { return lock(count); }},
      {"get", [&] { return dict_get(count); }},
      {"set", [&] { return dict_set(count); }},
  };
  const auto found = measures.find(argc > 1 ? argv[1] : "");
  if (found == measures.end() || count < 2) {
    std::cerr << "usage: bench_library MEASURE COUNT [SIZE]\n";
    return 2;
  }
  for (const double figure : found->second()) std::cout << figure << ' ';
  std::cout << '\n';
} catch (const std::exception& error) {
  std::cerr << "bench_library: " << error.what() << '\n';
  return 1;
}
