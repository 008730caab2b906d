// Throws where it registers its tasks.
#include <penstock/plugin.hpp>

PENSTOCK_PLUGIN("throws_later", "1.0.0", "") {
  plugin.transform("pass", "", [](int x) { return x; });
  throw std::runtime_error("there is no model at /opt/model");
}
