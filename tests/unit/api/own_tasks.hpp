// Structs that pass between the tests and the tasks of own_tasks.cpp.
#pragma once

#include <penstock/plugin.hpp>

#include <cstdint>
#include <string>
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
