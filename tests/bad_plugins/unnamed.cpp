// Its name is no part of a task's.
#include <penstock/plugin.hpp>

PENSTOCK_PLUGIN("Un Named", "1.0.0", "") {}
