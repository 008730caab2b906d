#include <penstock/plugin.hpp>

PENSTOCK_PLUGIN("math", "1.0.0", "arithmetic for everyone") {
  plugin.transform("square", "the square of a number", [](std::int64_t x) { return x * x; });
}
