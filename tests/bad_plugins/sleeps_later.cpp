// Sleeps where it is asked for its tasks, with children that sleep as well.
#include <unistd.h>

#include "plain_plugin.hpp"

const penstock_table* sleep_for_ever(penstock_text*) {
  ::fork();
  ::fork();
  for (;;) ::pause();
}

penstock_plugin_info sleeping() {
  penstock_plugin_info info = plain_plugin(text("sleeps_later"));
  info.describe = sleep_for_ever;
  return info;
}

const penstock_plugin_info penstock_plugin = sleeping();
