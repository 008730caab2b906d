#include "plain_plugin.hpp"

const penstock_table* incomplete(penstock_text*) {
  static penstock_task task = plain_task();
  task.run = nullptr;
  static const penstock_table table{sizeof table, sizeof task, &task, 1};
  return &table;
}

penstock_plugin_info without_functions() {
  penstock_plugin_info info = plain_plugin(text("no_functions"));
  info.describe = incomplete;
  return info;
}

const penstock_plugin_info penstock_plugin = without_functions();
