// The right name on something else.

extern "C" const char penstock_plugin[256] = "this is not a table";
