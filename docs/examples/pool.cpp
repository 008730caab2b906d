// A pool of workers, and the ways to give it work. In Python:
//
//   def f(x):
//       return x*x
//
//   with Pool(processes=4) as pool:
//       print(pool.map(f, range(10)))
//       for i in pool.imap_unordered(f, range(10)): ...
//       res = pool.apply_async(f, (20,))
//       print(res.get(timeout=1))
//       res = pool.apply_async(time.sleep, (600,))
//       try:
//           res.get(timeout=0.01)
//       except TimeoutError:
//           print('we lacked patience')
//       pool.apply_async(math.sqrt, (2.25,), callback=print, error_callback=print)
#include <penstock/plugin.hpp>
#include <penstock/pool.hpp>

#include <cmath>
#include <iostream>
#include <ranges>
#include <thread>

using namespace std::chrono_literals;

PENSTOCK_PLUGIN("app", "1.0.0", "some arithmetic") {
  plugin.transform("square", "the square of a number", [](std::int64_t x) { return x * x; });
  plugin.transform("root", "the square root of a number", [](double x) {
    if (x < 0) throw penstock::Permanent("no root of a negative number");
    return std::sqrt(x);
  });
  plugin.transform("sleep", "takes its time", [](double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);
  penstock::Pool pool({.processes = 4});
  const auto numbers = std::views::iota(std::int64_t{0}, std::int64_t{10});

  // All results, in order.
  for (const std::int64_t square : pool.map<std::int64_t>("app.square", numbers)) {
    std::cout << square << ' ';
  }
  std::cout << '\n';

  // Each result as soon as it is there.
  std::int64_t sum = 0;
  for (const std::int64_t square : pool.imap_unordered<std::int64_t>("app.square", numbers)) {
    sum += square;
  }
  std::cout << "sum " << sum << '\n';

  // One call; its result is waited for, for a while.
  penstock::AsyncResult<std::int64_t> twenty = pool.apply_async<std::int64_t>("app.square", 20);
  std::cout << twenty.get(60s) << '\n';

  // A call that takes too long: nobody waits for it, and its process is ended.
  penstock::AsyncResult<void> nap = pool.apply_async<void>("app.sleep", 600.0);
  if (!nap.wait_for(10ms)) std::cout << "we lacked patience\n";
  nap.cancel(penstock::Cancel::running);

  // Callbacks: one of the two is called, once, whatever becomes of the call.
  const auto print = [](double root) { std::cout << "root " << root << '\n'; };
  const auto complain = [](const penstock::TaskError& error) { std::cout << error.what() << '\n'; };
  pool.apply_async<double>("app.root", 2.25, print, complain);
  pool.apply_async<double>("app.root", -1.0, print, complain);
  pool.close();
  pool.join();
}
