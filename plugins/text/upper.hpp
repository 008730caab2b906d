// text.upper: ASCII letters in upper case, every other byte as it is.
#pragma once

#include <penstock/plugin.hpp>

#include <string>
#include <string_view>

namespace penstock::text {

class Upper {
 public:
  void run(std::string_view text, Emit<std::string_view>& out, Context& context);

 private:
  std::string line_;
};

}  // namespace penstock::text
