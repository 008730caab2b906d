// What a command prints, on its way to becoming items. Bytes are read straight into memory of the
// capture's own as long as they are few, and then are copied once, into a block that fits; a larger
// output is read into loaned blocks, each twice the size of the one before, and handed on as it
// lies there. Lines are emitted as they come. One instance serves one call after the other; what
// refuses an output throws through.
#pragma once

#include <penstock/plugin.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace penstock::exec {

enum class Output { text, bytes, lines, none };
PENSTOCK_ENUM(Output, text, bytes, lines, none)

class Capture {
 public:
  void begin(Output kind, std::uint64_t limit, Emit<std::string_view>& out, Context& context);

  std::span<std::byte> room();  // where the next bytes go: never empty
  void add(std::size_t count);  // so many of them came; throws Permanent beyond the limit
  void end();                   // nothing more comes: emits what has not been emitted

 private:
  void emit_lines();
  void grow();

  std::vector<std::byte> own_;
  std::span<std::byte> block_;  // own_, or what was loaned
  std::size_t filled_ = 0;      // of the block
  std::uint64_t total_ = 0;
  Output kind_ = Output::text;
  std::uint64_t limit_ = 0;
  Emit<std::string_view>* out_ = nullptr;
  Context* context_ = nullptr;
};

}  // namespace penstock::exec
