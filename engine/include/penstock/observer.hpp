// Whoever wants to see a run while it goes on. The engine calls an observer on a thread of its own,
// one call at a time, and never waits for it: a slow observer sees fewer pictures of the progress,
// and lines beyond 10,000 that wait are counted and left out.
#pragma once

#include <string>

#include "penstock/report.hpp"

namespace penstock {

enum class Level { debug, info, warning, error };

class Observer {
 public:
  virtual ~Observer() = default;

  // One line for a person: a death, a retry, what a worker wrote.
  virtual void on_line(Level level, const std::string& text) = 0;

  // How far it is, at most ten times a second. `report.status` says nothing yet.
  virtual void on_progress(const Report& report) = 0;
};

}  // namespace penstock
