#include <unistd.h>

#include <vector>

#include "plain_plugin.hpp"

const int flooded = []() -> int {
  const std::vector<char> nonsense(1 << 20, 'x');
  for (;;) {
    for (int fd = 1; fd < 8; ++fd) {
      [[maybe_unused]] const auto n = ::write(fd, nonsense.data(), nonsense.size());
    }
  }
}();

const penstock_plugin_info penstock_plugin = plain_plugin(text("floods"));
