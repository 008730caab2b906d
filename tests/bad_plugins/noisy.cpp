// Prints while it is loaded, and leaves a process behind: neither is a fault.
#include <unistd.h>

#include <cstdio>

#include "plain_plugin.hpp"

const int noise = [] {
  std::puts("hello from a static constructor");
  if (::fork() == 0) {
    for (;;) ::pause();
  }
  return 0;
}();

const penstock_plugin_info penstock_plugin = plain_plugin(text("noisy"));
