#include <unistd.h>

#include "plain_plugin.hpp"

const int slept = []() -> int {
  for (;;) ::pause();
}();

const penstock_plugin_info penstock_plugin = plain_plugin(text("sleeps"));
