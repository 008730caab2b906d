// The plugin `readings`: lines such as "attic 23" become records. A line that is none, or whose
// value is too low to be true, leaves by the output `rejects` as it came.
#include <penstock/plugin.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

struct Reading {
  std::string place;
  std::int64_t value = 0;
};
PENSTOCK_FIELDS(Reading, place, value)

struct Parse {
  std::int64_t lowest = -273;

  void params(penstock::Params& p) {
    p.optional("lowest", lowest, "a reading below it is rejected");
  }

  void run(std::string_view line, penstock::Emit<Reading>& out) {
    const std::size_t space = line.rfind(' ');
    const std::string_view number = space == line.npos ? "" : line.substr(space + 1);
    const char* const end = number.data() + number.size();
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(number.data(), end, value);
    if (error != std::errc() || stop != end || value < lowest) {
      out.to<std::string_view>("rejects")(line);
      return;
    }
    out({std::string(line.substr(0, space)), value});
  }
};

PENSTOCK_PLUGIN("readings", "1.0.0", "reads measurements") {
  plugin.transform<Parse>("parse", "a line PLACE VALUE as a record")
      .output<std::string_view>("rejects", "lines that are no reading");
}
