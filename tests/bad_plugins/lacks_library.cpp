#include "plain_plugin.hpp"

extern "C" int gone();
extern "C" int use() {
  return gone();
}

const penstock_plugin_info penstock_plugin = plain_plugin(text("lacks_library"));
