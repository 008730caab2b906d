#include "plain_plugin.hpp"

constexpr penstock_plugin_info of_another_version() {
  penstock_plugin_info info = plain_plugin(text("other_version"));
  info.abi_major = 99;
  info.abi_minor = 7;
  return info;
}

const penstock_plugin_info penstock_plugin = of_another_version();
