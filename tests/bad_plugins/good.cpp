#include "plain_plugin.hpp"

const penstock_plugin_info penstock_plugin = plain_plugin(text("good"));
