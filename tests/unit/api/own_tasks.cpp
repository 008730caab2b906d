// Tasks of this program itself, called `own.…`: each does what its test needs.
#include "own_tasks.hpp"

#include <penstock/queue.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

std::int64_t prepared = 0;  // by the initializer

// So long a call takes: it is what the test is about, and nothing is waited for by it.
std::int64_t take_long(std::int64_t ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  return ms;
}

std::int64_t fail_at(std::int64_t bad, std::int64_t value) {
  if (value == bad) throw std::runtime_error("no " + std::to_string(value) + " here");
  return value;
}

std::int64_t die_at(std::int64_t bad, std::int64_t value) {
  if (value == bad) std::abort();
  return value;
}

struct Unopened {
  void open(penstock::Context&) {
    take_long(200);
    throw std::runtime_error("no way in");
  }
  std::int64_t run(std::int64_t x) { return x; }
};

// Dies as long as there is no file of this name, and makes it.
std::string die_once(std::string path) {
  if (std::ifstream(path)) return "second time";
  std::ofstream(path) << "here";
  std::raise(SIGKILL);
  return {};
}

// Comes to an end when it is asked to.
std::int64_t wait_for_end(std::int64_t, penstock::Context& context) {
  while (!context.cancelled()) take_long(1);
  return 1;
}

void spin(std::int64_t) {
  for (std::atomic<bool> over{false}; !over;) {
  }
}

void count_up(penstock::Queue<std::int64_t> queue, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) queue.put(i);
}

struct Numbers {
  bool produce(std::size_t, penstock::Emit<std::int64_t>&) { return false; }
};

struct Sides {
  std::int64_t left(std::int64_t x) const { return x; }
  std::int64_t right(std::int64_t x) const { return -x; }
};

Page visit(Page page) {
  page.links.push_back(page.url + "/next");
  return page;
}

}  // namespace

PENSTOCK_PLUGIN("own", "1.0.0", "tasks of the program itself") {
  plugin.transform("square", "a number's", [](std::int64_t x) { return x * x; });
  plugin.transform("add", "two numbers", [](std::int64_t a, std::int64_t b) { return a + b; });
  plugin.transform("answer", "takes nothing", [] { return std::int64_t{42}; });
  plugin.transform("nothing", "gives nothing", [](std::int64_t) {});
  plugin.transform("pid", "of the process", [] { return static_cast<std::int64_t>(::getpid()); });
  plugin.transform("norm", "of a point", [](const Point& p) { return p.x * p.x + p.y * p.y; });
  plugin.transform("mirror", "a point", [](const Point& p) { return Point{p.y, p.x}; });
  plugin.transform("visit", "a page", visit);
  plugin.transform("length", "of a text",
                   [](std::string_view text) { return static_cast<std::int64_t>(text.size()); });
  plugin.transform("repeat", "a text", [](std::int64_t count, std::string text) {
    std::string all;
    for (std::int64_t i = 0; i < count; ++i) all += text;
    return all;
  });
  plugin.transform("take_long", "so many milliseconds", take_long);
  plugin.transform("fail_at", "throws at one value", fail_at);
  plugin.transform<Unopened>("unopened", "cannot be opened, which takes a while to find out");
  plugin.transform("die_at", "aborts at one value", die_at);
  plugin.transform("die_once", "and not again", die_once);
  plugin.transform("leave", "by exit()",
                   [](std::int64_t code) { std::_Exit(static_cast<int>(code)); });
  plugin.transform("wait_for_end", "until it is to end", wait_for_end);
  plugin.transform("spin", "for ever", spin);
  plugin.transform("item_and_process", "the item's id, and the process's",
                   [](std::int64_t, penstock::Context& context) {
                     return std::string(context.item_id()) + " in " + std::to_string(::getpid());
                   });
  plugin.transform("prepare", "an initializer", [](std::int64_t value) { prepared = value; });
  plugin.transform("prepared", "what it prepared", [] { return prepared; });
  plugin.transform("refuse", "an initializer that fails",
                   [](std::int64_t) { throw std::runtime_error("it does not start here"); });
  plugin.transform("count_up", "puts numbers into a queue", count_up);
  plugin.transform("twice", "gives two values",
                   [](std::int64_t x, penstock::Emit<std::int64_t>& out) { out(x), out(x); });
  plugin.transform("many", "gives so many values",
                   [](std::int64_t count, penstock::Emit<std::int64_t>& out) {
                     for (std::int64_t i = 0; i < count; ++i) out(i);
                   });
  plugin.transform("odd", "a number if it is odd, else nothing",
                   [](std::int64_t x, penstock::Emit<std::int64_t>& out) {
                     if (x % 2 != 0) out(x);
                   });
  plugin.source<Numbers>("numbers", "no transform");
  plugin.transform<Sides>("sides", "has two inputs")
      .input<&Sides::left>("left", "numbers")
      .input<&Sides::right>("right", "numbers");
  add_process_tasks(plugin);
  add_shared_tasks(plugin);
}
