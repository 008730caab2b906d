// Structs that pass between the tests and the tasks of own_tasks.cpp.
#pragma once

#include <penstock/plugin.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

struct Point {
  double x;
  double y;
};
PENSTOCK_FIELDS(Point, x, y)

struct Page {
  std::string url;
  std::vector<std::string> links;
};
PENSTOCK_FIELDS(Page, url, links)

// A value that makes trouble where it is written, or read: "throw", "exit" or "abort".
struct Difficult {
  std::string written;
  std::string read;
};
void make_trouble(const std::string& what);

template <>
struct penstock::sdk::Codec<Difficult> {
  using Both = std::pair<std::string, std::string>;

  static std::string type(int depth) { return Codec<Both>::type(depth); }
  static void write(CborWriter& out, const Difficult& value) {
    make_trouble(value.written);
    Codec<Both>::write(out, {"", value.read});
  }
  static void read(CborReader& in, Difficult& value) {
    Both both;
    Codec<Both>::read(in, both);
    value = {both.first, both.second};
    make_trouble(value.read);
  }
};

void add_process_tasks(penstock::Plugin& plugin);  // what processes are about
void add_shared_tasks(penstock::Plugin& plugin);   // of shared_objects_test.cpp
