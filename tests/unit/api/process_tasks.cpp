// Tasks about processes: who they are, what they have, and what they start themselves.
#include <penstock/event.hpp>
#include <penstock/queue.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "own_tasks.hpp"
#include "penstock/pool.hpp"
#include "penstock/process.hpp"

namespace {

using penstock::Event;
using penstock::Process;
using penstock::Queue;

std::int64_t own_pid() {
  return ::getpid();
}

std::int64_t count_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

std::int64_t pass(Queue<std::int64_t> entered, Event gate, std::int64_t value) {
  entered.put(own_pid());
  gate.wait();
  return value;
}

void tell_arguments(Queue<std::string> told, std::int64_t number, double fraction, std::string text,
                    bool flag, Page page, std::vector<std::int64_t> numbers) {
  std::ostringstream line;
  line << number << ' ' << fraction << ' ' << text << ' ' << flag << ' ' << page.url << ' '
       << page.links.size() << ' ' << numbers.size() << ' ' << numbers.back();
  told.put(line.str());
}

void tell_who(Queue<std::string> told) {
  const auto here = penstock::current_process();
  const auto parent = penstock::parent_process();
  told.put(here.name);
  told.put(std::to_string(here.pid));
  told.put(parent ? parent->name : "none");
  told.put(parent ? std::to_string(parent->pid) : "none");
}

// Two below each, as deep as that.
void branch(Queue<std::int64_t> depths, std::int64_t depth) {
  depths.put(depth);
  if (depth == 0) return;
  Process left("own.branch", depths, depth - 1);
  Process right("own.branch", depths, depth - 1);
  left.start();
  right.start();
}

void stay_with_child(Queue<std::int64_t> pids, Event gate) {
  Process child("own.spin", 1);
  child.start();
  pids.put(child.pid());
  gate.wait();
}

// With a queue, a process and a pool of its own.
std::int64_t sum_of_squares(std::int64_t count) {
  const Queue<std::int64_t> numbers;
  Process counter("own.count_up", numbers, count);
  counter.start();
  penstock::Pool pool({.processes = 2});
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    sum += pool.apply<std::int64_t>("own.square", numbers.get());
  }
  return sum;
}

Difficult make_difficult(std::string written, std::string read) {
  return {std::move(written), std::move(read)};
}

}  // namespace

void make_trouble(const std::string& what) {
  if (what == "throw") throw std::runtime_error("this value is difficult");
  if (what == "exit") std::exit(3);
  if (what == "abort") std::abort();
}

void add_process_tasks(penstock::Plugin& plugin) {
  plugin.transform("pass", "a gate", pass);
  plugin.transform("tell_arguments", "as one line", tell_arguments);
  plugin.transform("tell_who", "names and pids", tell_who);
  plugin.transform("branch", "into two below", branch);
  plugin.transform("stay_with_child", "tells its pid", stay_with_child);
  plugin.transform("sum_of_squares", "with others' help", sum_of_squares);
  plugin.transform("count_descriptors", "that it has", count_descriptors);
  plugin.transform("tell_descriptors", "that it has", [](Queue<std::int64_t> told, Event gate) {
    told.put(count_descriptors());
    gate.wait();
  });
  plugin.transform("exit", "by exit()",
                   [](std::int64_t code) { std::exit(static_cast<int>(code)); });
  plugin.transform("close_streams", "stdout and stderr", [] {
    std::puts("not yet written");
    ::close(1);
    ::close(2);
  });
  plugin.transform("complain", "on stderr, and throws", [](std::string text) {
    std::fputs(text.c_str(), stderr);
    throw std::runtime_error("it had to be said");
  });
  plugin.transform("survive", "any text but one", [](std::string text) {
    if (text.starts_with("abort")) std::abort();
    return static_cast<std::int64_t>(text.size());
  });
  plugin.transform("take_difficult", "and is content", [](Difficult) { return std::int64_t{1}; });
  plugin.transform("make_difficult", "as it is told", make_difficult);
}
