#include <csignal>

#include "plain_plugin.hpp"

const penstock_table* crash(penstock_text*) {
  std::signal(SIGBUS, SIG_DFL);  // which a sanitizer has taken
  std::raise(SIGBUS);
  return nullptr;
}

penstock_plugin_info crashing() {
  penstock_plugin_info info = plain_plugin(text("crashes_later"));
  info.describe = crash;
  return info;
}

const penstock_plugin_info penstock_plugin = crashing();
