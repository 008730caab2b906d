// The plugin `dies_loading`: it can be described, but in a worker its library does not get past its
// static constructors, which tell the file that FAULTS_LEDGER names.
#include <penstock/plugin.hpp>

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace {

[[gnu::constructor]] void load() {
  std::string program;
  std::getline(std::ifstream("/proc/self/comm"), program);
  const char* ledger = std::getenv("FAULTS_LEDGER");
  if (program != "penstock-worker" || ledger == nullptr) return;
  std::ofstream(ledger, std::ios::app) << "dies_loading load " << ::getpid() << std::endl;
  ::_exit(9);
}

}  // namespace

PENSTOCK_PLUGIN("dies_loading", "1.0.0", "a library that no worker can load") {
  plugin.transform("same", "the number itself", [](std::int64_t number) { return number; });
}
