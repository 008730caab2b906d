// A program of the library that ends, or begins, in a way of its own:
//
//   pools_at_end global       a pool is left open, as a global object, when main() returns
//   pools_at_end local        a pool is left open in main()
//   pools_at_end shutdown     main() returns after shutdown() without waiting
//   pools_at_end exit         exit() is called while the pool has calls
//   pools_at_end unguarded    calls a task of its own without worker_guard()
//   pools_at_end types        starts a manager with a type of its own without worker_guard()
//   pools_at_end streams      runs a process and a pool, whatever its standard streams are
#include <penstock/manager.hpp>
#include <penstock/plugin.hpp>
#include <penstock/pool.hpp>
#include <penstock/process.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

namespace {

std::optional<penstock::Pool> left_open;

// Each prints its number when it is done: 0, 1, ... 19.
void submit(penstock::Pool& pool) {
  for (std::int64_t i = 0; i < 20; ++i) {
    pool.apply_async<std::int64_t>(
        "own.same", i, [](std::int64_t number) { std::printf("done %d\n", int(number)); });
  }
}

int call_unguarded() {
  try {
    penstock::Pool pool({.processes = 1});
    pool.apply<std::int64_t>("own.same", 1);
  } catch (const penstock::Error& error) {
    std::puts(error.what());
    return 0;
  }
  return 1;
}

struct Counter {
  int add(int number) { return total += number; }
  int total = 0;
};

int register_unguarded() {
  penstock::manager_type<Counter>("counter").method<&Counter::add>("add");
  try {
    const penstock::Manager manager;
  } catch (const penstock::Error& error) {
    std::puts(error.what());
    return 0;
  }
  return 1;
}

int use_streams() {
  penstock::Process process("own.say", "hello");
  process.start();
  process.join();
  penstock::Pool pool({.processes = 2});
  pool.apply<void>("own.say", "hello");
  std::puts("bye");
  const bool right = pool.apply<std::int64_t>("own.same", 5) == 5;
  return right && process.exitcode() == 0 ? 0 : 1;
}

}  // namespace

PENSTOCK_PLUGIN("own", "1.0.0", "tasks of this program") {
  plugin.transform("same", "what it is given", [](std::int64_t number) { return number; });
  plugin.transform("say", "prints it", [](const std::string& text) { std::puts(text.c_str()); });
}

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "unguarded") return call_unguarded();
  if (what == "types") return register_unguarded();
  penstock::worker_guard(argc, argv);
  if (what == "streams") return use_streams();
  if (what == "local") {
    penstock::Pool pool({.processes = 2});
    submit(pool);
  } else if (what == "shutdown") {
    penstock::Pool pool({.processes = 2});
    submit(pool);
    pool.shutdown(false);
  } else {
    left_open.emplace(penstock::PoolOptions{.processes = 2});
    submit(*left_open);
    if (what == "exit") std::exit(3);
  }
  return 0;
}
