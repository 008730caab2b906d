// The tasks that are measured: as little work as can be done, so that what is left is the engine.
#include <penstock/plugin.hpp>

#include <algorithm>
#include <cstring>

#include "gate.hpp"

namespace {

struct Numbers {
  std::int64_t count = 0;
  std::int64_t next = 0;

  void params(penstock::Params& p) { p.required("count", count, "how many numbers"); }

  bool produce(std::size_t want, penstock::Emit<std::int64_t>& out) {
    for (; want != 0 && next != count; --want) out(next++);
    return next != count;
  }

  penstock::Snapshot snapshot() { return next; }
  void restore(const penstock::Snapshot& snapshot) { next = snapshot.as<std::int64_t>(); }
};

struct Blobs {
  std::int64_t count = 0;
  penstock::Size size;
  std::int64_t next = 0;

  void params(penstock::Params& p) {
    p.required("count", count, "how many blobs");
    p.required("size", size, "of each");
  }

  bool produce(std::size_t want, penstock::Emit<penstock::Bytes>& out, penstock::Context& context) {
    for (; want != 0 && next != count; --want, ++next) {
      const std::span<std::byte> block = context.loan(size);
      std::memset(block.data(), static_cast<int>(next & 0xff), block.size());
      out(block);
    }
    return next != count;
  }

  penstock::Snapshot snapshot() { return next; }
  void restore(const penstock::Snapshot& snapshot) { next = snapshot.as<std::int64_t>(); }
};

// Reads a byte of every page and hands the block on.
penstock::Bytes touch(penstock::Bytes block) {
  std::byte all{};
  for (std::size_t at = 0; at < block.size(); at += 4096) all |= block[at];
  const volatile std::byte read = all;
  static_cast<void>(read);
  return block;
}

// One item at a time: the next when the sink `seen` has had the last.
struct Alone {
  static constexpr std::uint64_t patience =
      1'000'000;  // ns, then the engine is asked to come again

  std::int64_t count = 0;
  std::string path;
  std::int64_t next = 0;
  Gate gate;

  void params(penstock::Params& p) {
    p.required("count", count, "how many numbers");
    p.required("gate", path, "file shared with the sink");
  }

  void open() {
    gate.open(path);
    gate->first = nanoseconds();
  }

  bool produce(std::size_t, penstock::Emit<std::int64_t>& out) {
    const std::uint64_t end = nanoseconds() + patience;
    while (gate->seen != static_cast<std::uint64_t>(next)) {
      if (nanoseconds() > end) return true;
    }
    out(next++);
    return next != count;
  }
};

struct Seen {
  std::string path;
  Gate gate;

  void params(penstock::Params& p) { p.required("gate", path, "file shared with the source"); }
  void open() { gate.open(path); }

  void run(std::int64_t) {
    gate->last = nanoseconds();
    ++gate->seen;
  }
};

}  // namespace

PENSTOCK_PLUGIN("bench", "1.0.0", "tasks that do next to nothing, for measurements") {
  plugin.source<Numbers>("numbers", "0, 1, 2 and so on");
  plugin.source<Blobs>("blobs", "blocks of bytes");
  plugin.source<Alone>("alone", "numbers, each when the one before has reached the sink `seen`");
  plugin.transform("noop", "the number that it is given", [](std::int64_t x) { return x; });
  plugin.transform("touch", "reads a byte of every page and hands the block on", touch);
  plugin.sink("drop_numbers", "takes numbers", [](std::int64_t) {});
  plugin.sink("drop_blobs", "takes blocks", [](penstock::Bytes) {});
  plugin.sink<Seen>("seen", "tells the source `alone` that an item has arrived");
}
