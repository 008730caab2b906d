// Tasks that a pipeline should not have: what `penstock chaos` is there to find out, and items that
// nobody should emit.
#include <penstock/plugin.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

// Bytes that are given out as an item of any type, whatever they are.
struct Raw {
  std::string bytes;
};
template <>
struct penstock::sdk::Wire<Raw> {
  static std::string type() { return "any"; }
  template <class Send>
  static void encode(const Raw& value, std::string&, Send send) {
    send(as_bytes(value.bytes));
  }
};

using namespace penstock;

namespace {

// Keeps no account of what it has written: one that is killed before the end of a call has its
// item written once more.
struct Append {
  std::string path;

  void params(Params& p) { p.required("path", path, "file to add to", output_file); }

  void run(std::int64_t x) {
    std::ofstream(path, std::ios::app) << x << std::endl;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
};

struct Poison {
  std::int64_t at = 0;

  void params(Params& p) { p.required("at", at, "number that no worker survives"); }

  std::int64_t run(std::int64_t x) const {
    if (x == at) std::abort();
    return x;
  }
};

// Takes more of the standard input than there is.
struct Greedy {
  static constexpr bool reads_input = true;
  std::string path;

  void params(Params& p) { p.required("path", path, "- for the standard input"); }

  bool produce(std::size_t, Emit<Bytes>& out, Context& context) {
    const Input given = context.input();
    if (given.text.empty()) return !given.end;
    out(as_bytes(given.text));
    context.consume(given.text.size() + 1);
    return true;
  }
};

Raw raw(Bytes hexadecimal) {
  const std::string digits(as_text(hexadecimal));
  Raw value;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    value.bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return value;
}

}  // namespace

PENSTOCK_PLUGIN("careless", "1.0.0", "tasks that lose or double items, or their process") {
  plugin.sink<Append>("append", "adds each number to a file, once or more often");
  plugin.transform<Poison>("poison", "its number, but for one that kills");
  plugin.source<Greedy>("greedy", "the standard input, and more than that");
  plugin.transform("raw", "the item of any type that these hexadecimal digits are", raw);
}
