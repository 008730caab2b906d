#include <stdexcept>

#include "plain_plugin.hpp"

const int thrown = []() -> int { throw std::runtime_error("no configuration found"); }();

const penstock_plugin_info penstock_plugin = plain_plugin(text("throws"));
