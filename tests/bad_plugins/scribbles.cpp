// Writes to descriptors that are not its own: what it says there is not a description.
#include <unistd.h>

#include "plain_plugin.hpp"

const int scribbled = [] {
  const char nonsense[] = "D\xff\xff\xff\xff\xff\xff\xff\xff nonsense";
  for (int fd = 3; fd < 8; ++fd) {
    [[maybe_unused]] const auto n = ::write(fd, nonsense, sizeof nonsense);
  }
  return 0;
}();

const penstock_plugin_info penstock_plugin = plain_plugin(text("scribbles"));
