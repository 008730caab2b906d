#include "plain_plugin.hpp"

const int left = []() -> int { std::exit(0); }();

const penstock_plugin_info penstock_plugin = plain_plugin(text("exits"));
