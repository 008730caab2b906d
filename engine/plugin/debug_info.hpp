// From addresses in a crashed process to functions, files and lines, by libdw. It reads modules as
// files and executes nothing of them; a damaged one can still crash it, so it runs in a probe. One
// thread. What cannot be found out is left out; nothing fails.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Dwfl;

namespace penstock {

class DebugInfo {
 public:
  DebugInfo();
  ~DebugInfo();

  // Lines for an address as it stands in the file `module`, the innermost function first, those
  // into which it was inlined behind it: "count(int) at words.cpp:12", "count(int) in libtext.so",
  // or at least "libtext.so+0x1f40".
  std::vector<std::string> lines(const std::string& module, std::uint64_t address);

 private:
  struct Close {
    void operator()(Dwfl* dwfl) const;
  };
  Dwfl* open(const std::string& module);

  std::map<std::string, std::unique_ptr<Dwfl, Close>> modules_;
};

}  // namespace penstock
