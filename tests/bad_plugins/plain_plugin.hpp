// The least that is a plugin, on the C contract alone, for plugins that go wrong beside it.
#pragma once

#include <penstock/plugin.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

template <std::size_t Size>
constexpr penstock_text text(const char (&literal)[Size]) {
  return {literal, Size - 1};
}

const penstock_port any_port{sizeof(penstock_port), 0, {nullptr, 0}, text("any"), {nullptr, 0}};

void* create(const void*, const penstock_host*, const penstock_argument*, std::size_t) {
  return std::malloc(1);
}
void destroy(void* instance) {
  std::free(instance);
}
std::int32_t run(void*, const penstock_host*, const penstock_item*, std::size_t) {
  return PENSTOCK_OK;
}

[[maybe_unused]] penstock_task plain_task() {
  penstock_task task{};
  task.size = sizeof task;
  task.kind = PENSTOCK_TRANSFORM;
  task.name = text("pass");
  task.inputs = task.outputs = &any_port;
  task.input_count = task.output_count = 1;
  task.create = create;
  task.destroy = destroy;
  task.run = run;
  return task;
}

[[maybe_unused]] const penstock_table* plain_tasks(penstock_text*) {
  static const penstock_task task = plain_task();
  static const penstock_table table{sizeof table, sizeof task, &task, 1};
  return &table;
}

constexpr penstock_plugin_info plain_plugin(penstock_text name) {
  penstock_plugin_info info{};
  info.size = sizeof info;
  info.abi_major = PENSTOCK_ABI_MAJOR;
  info.abi_minor = PENSTOCK_ABI_MINOR;
  info.magic = PENSTOCK_MAGIC;
  info.name = name;
  info.version = text("1.0.0");
  info.describe = plain_tasks;
  return info;
}

}  // namespace
