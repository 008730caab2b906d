// penstock-probe: a process to be thrown away, for what could harm the engine.
//
//   penstock-probe describe PATH                  loads a plugin and sends its description
//   penstock-probe symbolize {MODULE ADDRESS}...  looks up addresses, in hex, in debug information
//
// Answers go to descriptor 3, because a plugin may print whatever it likes while it is loaded:
// ProbeMark says in which form a description goes; symbolize writes, as soon as it has them, the
// number of lines of one address and those lines. The probe ends without running the destructors of
// what it has loaded.
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/wire.hpp"
#include "plugin/debug_info.hpp"
#include "plugin/describe.hpp"
#include "plugin/library.hpp"

namespace penstock {
namespace {

constexpr int kAnswer = 3;

bool send(ProbeMark mark, std::string_view text = {}) {
  std::string bytes(1, static_cast<char>(mark));
  bytes += text;
  return write_all(kAnswer, bytes).has_value();
}

// Whatever is loaded stays so: unloading it would run more of its code.
[[noreturn]] void answer(ProbeMark mark, std::string_view text) {
  ::_exit(send(mark, text) ? 0 : 1);
}

[[noreturn]] void describe_command(const std::string& path) {
  send(ProbeMark::loading);
  auto library = Library::open(path);
  if (!library) answer(ProbeMark::refusal, library.error().what());
  send(ProbeMark::describing);
  const auto plugin = describe(*library, path);
  if (!plugin) answer(ProbeMark::refusal, plugin.error().what());
  answer(ProbeMark::description, encode(*plugin));
}

int symbolize_command(int count, char** arguments) {
  DebugInfo info;
  for (int i = 0; i + 1 < count; i += 2) {
    const std::string_view hex = arguments[i + 1];
    std::uint64_t address = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), address, 16);
    WireWriter out;
    const auto lines = info.lines(arguments[i], address);
    out.put(static_cast<std::uint64_t>(lines.size()));
    for (const std::string& line : lines) out.put_text(line);
    if (!write_all(kAnswer, out.take())) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "describe" && argc == 3) penstock::describe_command(argv[2]);
  if (command == "symbolize") return penstock::symbolize_command(argc - 2, argv + 2);
  std::fputs("penstock-probe is started by penstock; see `penstock inspect`\n", stderr);
  return 2;
}
