#include "files/chunks.hpp"

#include <algorithm>

namespace penstock::files {
namespace {

// What one call emits at most, about: others want memory too.
constexpr std::size_t enough_for_a_call = 8 << 20;

}  // namespace

void Chunks::params(Params& p) {
  input.params(p);
  p.optional("size", size, "of a piece, about", at_least(1), at_most(1_GiB));
  p.optional("max_line", max_line, "a longer line is an error", at_least(1_KiB), at_most(4_GiB));
}

void Chunks::restore(const Snapshot& snapshot) {
  if (!snapshot.empty()) cursor_.restore(snapshot);
}

void Chunks::open(Context& context) {
  if (!input.standard_input()) cursor_.open(input.find(), context);
}

Snapshot Chunks::snapshot() const {
  return input.standard_input() ? Snapshot() : cursor_.snapshot();
}

bool Chunks::produce(std::size_t want, Emit<std::string_view>& out, Context& context) {
  if (input.standard_input()) return produce_from_input(want, out, context);
  std::size_t emitted = 0;
  while (want != 0 && emitted < enough_for_a_call) {
    if (!cursor_.at_file()) return false;
    const std::string_view chunk = read_chunk(context);
    if (chunk.empty()) {
      cursor_.next_file();
      continue;
    }
    out(chunk);
    cursor_.advance(chunk.size());
    emitted += chunk.size();
    --want;
  }
  return true;
}

// The piece at the cursor, in a loaned block; empty at the end of the file.
std::string_view Chunks::read_chunk(Context& context) {
  const auto at_end = [&](std::size_t ahead) {
    std::byte probe{};
    return cursor_.read(ahead, {&probe, 1}) == 0;
  };
  const std::uint64_t offset = cursor_.offset();
  const std::uint64_t left = cursor_.size() > offset ? cursor_.size() - offset : 0;
  if (left == 0 && at_end(0)) return {};  // a file of /proc says that its size is 0

  const std::uint64_t usual = left == 0 ? size.bytes : std::min(size.bytes, left);
  for (std::uint64_t room = usual;; room *= 2) {
    const std::span<std::byte> block = context.loan(room);
    const std::size_t filled = cursor_.read(0, block);
    const std::string_view content = as_text(block.first(filled));
    const bool whole = filled < room || at_end(filled);
    if (room == usual && whole) return content;

    // A longer line is a piece of its own.
    const std::size_t end = room == usual ? content.rfind('\n') : content.find('\n');
    const std::size_t length = end != content.npos ? end + 1 : filled;
    if (room != usual && length > max_line) {
      throw Permanent("'" + cursor_.path() + "' has a line of more than " +
                      std::to_string(max_line.bytes) + " bytes at offset " +
                      std::to_string(offset) + "; max_line can be set higher");
    }
    if (end != content.npos || whole) return content.substr(0, length);
  }
}

bool Chunks::produce_from_input(std::size_t want, Emit<std::string_view>& out, Context& context) {
  const Input given = context.input();
  std::string_view rest = given.text;
  for (; want != 0 && !rest.empty(); --want) {
    std::size_t length = rest.size();
    if (length > size) {
      const std::size_t before = rest.rfind('\n', size - 1);
      const std::size_t behind = before != rest.npos ? before : rest.find('\n', size);
      length = behind != rest.npos ? behind + 1 : rest.size();
    }
    out(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  context.consume(given.text.size() - rest.size());
  return !(given.end && rest.empty());
}

}  // namespace penstock::files
