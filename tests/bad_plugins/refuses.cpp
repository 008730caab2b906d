#include "plain_plugin.hpp"

const penstock_table* refuse(penstock_text* error) {
  *error = text("two tasks\nof one name");
  return nullptr;
}

penstock_plugin_info refusing() {
  penstock_plugin_info info = plain_plugin(text("refuses"));
  info.describe = refuse;
  return info;
}

const penstock_plugin_info penstock_plugin = refusing();
