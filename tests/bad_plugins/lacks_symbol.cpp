#include "plain_plugin.hpp"

extern "C" int nowhere_defined();
extern "C" int use() {
  return nowhere_defined();
}

const penstock_plugin_info penstock_plugin = plain_plugin(text("lacks_symbol"));
