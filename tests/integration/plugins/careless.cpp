// Tasks that a pipeline should not have: what `penstock chaos` is there to find out.
#include <penstock/plugin.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

using namespace penstock;

namespace {

// Keeps no account of what it has written: one that is killed before the end of a call has its
// item written once more.
struct Append {
  std::string path;

  void params(Params& p) { p.required("path", path, "file to add to", output_file); }

  void run(std::int64_t x) {
    std::ofstream(path, std::ios::app) << x << std::endl;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
};

struct Poison {
  std::int64_t at = 0;

  void params(Params& p) { p.required("at", at, "number that no worker survives"); }

  std::int64_t run(std::int64_t x) const {
    if (x == at) std::abort();
    return x;
  }
};

}  // namespace

PENSTOCK_PLUGIN("careless", "1.0.0", "tasks that lose or double items, or their process") {
  plugin.sink<Append>("append", "adds each number to a file, once or more often");
  plugin.transform<Poison>("poison", "its number, but for one that kills");
}
