// Behind the line that every program with tasks of its own begins with.
#include "catch_runner.hpp"
#include "penstock/worker_guard.hpp"

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);
  return run_tests(argc, argv);
}
