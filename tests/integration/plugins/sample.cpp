// The tasks that the integration tests run: each does one small thing that a test can see.
#include <penstock/plugin.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace penstock;
using std::chrono::milliseconds;

namespace {

// ---- Sources
// -------------------------------------------------------------------------------------

struct Numbers {
  std::int64_t count = 0;
  std::int64_t next = 0;

  void params(Params& p) { p.required("count", count, "how many numbers"); }

  bool produce(std::size_t want, Emit<std::int64_t>& out) {
    for (; want != 0 && next < count; --want) out(next++);
    return next < count;
  }

  Snapshot snapshot() { return next; }
  void restore(const Snapshot& snapshot) { next = snapshot.as<std::int64_t>(); }
};

struct Blobs {
  std::int64_t count = 0;
  Size size;
  std::int64_t next = 0;

  void params(Params& p) {
    p.required("count", count, "how many blobs");
    p.required("size", size, "of each");
  }

  bool produce(std::size_t want, Emit<Bytes>& out, Context& context) {
    for (; want != 0 && next < count; --want, ++next) {
      const std::span<std::byte> block = context.loan(size);
      std::memset(block.data(), static_cast<int>('a' + next % 26), block.size());
      out(block);
    }
    return next < count;
  }

  Snapshot snapshot() { return next; }
  void restore(const Snapshot& snapshot) { next = snapshot.as<std::int64_t>(); }
};

// ---- Transforms
// ----------------------------------------------------------------------------------

// Passes items on as soon as a file is there: a test lets go when it has seen enough.
struct Gate {
  std::string path;

  void params(Params& p) { p.required("path", path, "file that opens the gate"); }

  Bytes run(Bytes item) {
    while (::access(path.c_str(), F_OK) != 0) std::this_thread::sleep_for(milliseconds(2));
    return item;
  }
};

// Writes that it is at work, and stays so until a file is there: how many of it run at a time.
struct Crowd {
  std::string folder;

  void params(Params& p) { p.required("folder", folder, "of the files"); }

  std::int64_t run(std::int64_t x) {
    const std::string mine = folder + "/at_work." + std::to_string(x);
    if (std::FILE* file = std::fopen(mine.c_str(), "w")) std::fclose(file);
    while (::access((folder + "/go").c_str(), F_OK) != 0) {
      std::this_thread::sleep_for(milliseconds(2));
    }
    return x;
  }
};

// Its number, if no other call of it is under way anywhere.
struct Alone {
  std::string path;

  void params(Params& p) { p.required("path", path, "file that is there during a call"); }

  std::int64_t run(std::int64_t x) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) throw std::runtime_error("two at a time");
    std::this_thread::yield();
    ::close(file);
    ::unlink(path.c_str());
    return x;
  }
};

struct Slow {
  milliseconds wait{1};

  void params(Params& p) { p.optional("wait", wait, "how long an item takes"); }

  std::int64_t run(std::int64_t x) {
    std::this_thread::sleep_for(wait);
    return x;
  }
};

struct SlowBlock : Slow {
  Bytes run(Bytes block) {
    std::this_thread::sleep_for(wait);
    return block;
  }
};

struct Many {
  std::int64_t count = 1;

  void params(Params& p) { p.required("count", count, "how often each item is emitted"); }

  void run(std::int64_t x, Emit<std::int64_t>& out) {
    for (std::int64_t i = 0; i < count; ++i) out(x);
  }
};

// A block of so many bytes as its input says.
void fill(std::int64_t size, Emit<Bytes>& out, Context& context) {
  const std::span<std::byte> block = context.loan(static_cast<std::size_t>(size));
  std::memset(block.data(), 'x', block.size());
  out(block);
}

struct Spoil {
  Size size;

  void params(Params& p) { p.required("size", size, "of each block"); }

  void run(std::int64_t, Emit<Bytes>& out, Context& context) {
    for (int i = 0; i < 2; ++i) fill(static_cast<std::int64_t>(size), out, context);
    throw std::runtime_error("spoilt");
  }
};

// Needs private memory of so many MiB as its input says.
std::int64_t hoard(std::int64_t mebibytes) {
  std::vector<std::string> held;
  for (std::int64_t i = 0; i < mebibytes; ++i) held.emplace_back(std::size_t{1} << 20, 'x');
  return static_cast<std::int64_t>(held.size());
}

// Keeps so much private memory for each item.
struct Leak {
  Size size;
  std::vector<std::string> kept;

  void params(Params& p) { p.required("size", size, "kept for each item"); }

  std::int64_t run(std::int64_t) {
    kept.emplace_back(size, 'x');
    std::this_thread::sleep_for(milliseconds(5));
    return static_cast<std::int64_t>(::getpid());
  }
};

struct Odd {
  void run(std::int64_t x, Emit<std::int64_t>& out) {
    if (x % 2 == 0) throw std::runtime_error("even: " + std::to_string(x));
    out(x);
  }
};

struct Greet {
  std::string greeting = "hello";
  std::int64_t times = 1;
  std::vector<std::string> marks;

  void params(Params& p) {
    p.optional("greeting", greeting, "first word");
    p.optional("times", times, "how often", at_least(1), at_most(9));
    p.optional("marks", marks, "what follows");
  }

  std::string run(std::string_view name) {
    std::string text;
    for (std::int64_t i = 0; i < times; ++i) text += greeting + " ";
    text += name;
    for (const std::string& mark : marks) text += mark;
    return text;
  }
};

struct Point {  // a view on what another process wrote
  double x;
  double y;
};

struct Person {  // travels as CBOR
  std::string name;
  std::vector<std::int64_t> numbers;
  std::optional<Point> place;
};

PENSTOCK_FIELDS(Point, x, y)
PENSTOCK_FIELDS(Person, name, numbers, place)

Point mirrored(const Point& point) {
  return {point.y, point.x};
}

Person older(Person person) {
  person.name += "!";
  for (std::int64_t& number : person.numbers) ++number;
  return person;
}

// Notes of each commit whether it has to survive a loss of power.
struct Commits {
  std::string path;
  std::ofstream file;

  void params(Params& p) { p.required("path", path, "file to write"); }
  Epoch open(Epoch last, const Snapshot&) {
    file.open(path, std::ios::app);
    return last;
  }
  void run(std::int64_t) {}
  Snapshot commit(Epoch epoch) {
    file << (epoch.sync ? "synced" : "written") << std::endl;
    return {};
  }
};

}  // namespace

PENSTOCK_PLUGIN("sample", "1.0.0", "small tasks for the integration tests") {
  plugin.source<Numbers>("numbers", "0, 1, 2 and so on");
  plugin.sink<Commits>("commits", "how its commits are asked for");
  plugin.source<Blobs>("blobs", "blocks of bytes");

  plugin.transform("number", "its number", [](std::int64_t x) { return x; });
  plugin.transform("parse", "the number in a text",
                   [](std::string_view text) { return std::stoll(std::string(text)); });
  plugin.transform("pass", "its item, not a byte of it copied", [](Bytes item) { return item; });
  plugin.transform<Gate>("gate", "its item, once a file is there");
  plugin.transform<Crowd>("crowd", "its number, once a file is there; says that it waits");
  plugin.transform<Alone>("alone", "its number; fails if two calls overlap");
  plugin.transform<Slow>("slow", "its number, after a while");
  plugin.transform<SlowBlock>("slow_block", "its block, after a while");
  plugin.transform<Many>("many", "its number, many times");
  plugin.transform("fill", "a block of a size", fill);
  plugin.transform<Spoil>("spoil", "two blocks, and then it fails");
  plugin.transform("hoard", "its number, after having held so many MiB", hoard);
  plugin.transform<Leak>("leak", "the pid that runs it; its memory grows");
  plugin.transform<Odd>("odd", "its number if that is odd; fails otherwise");
  plugin.transform<Greet>("greet", "a greeting");
  plugin.transform("half", "half of a number", [](double x) { return x / 2; });
  plugin.transform("mirror", "x and y exchanged", mirrored);
  plugin.transform("older", "the same person, later", older);
  plugin.transform("worker", "the pid that runs it",
                   [](std::int64_t) { return static_cast<std::int64_t>(::getpid()); });
  plugin.transform("variable", "the value of an environment variable", [](std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return std::string(value != nullptr ? value : "(not set)");
  });

  plugin.sink("drop", "takes anything", [](const Datum&) {});
  plugin.sink("drop_bytes", "takes bytes", [](Bytes) {});
}
