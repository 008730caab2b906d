// Shows a run to whoever started it: lines of the engine and the workers as they come, and how far
// it is, as a block that is redrawn in place or as a line now and then. The engine calls it on its
// thread for observers; constructor, finish and destructor are called by the owner before and after
// the run. Time is what the reports say of it. Never fails: what cannot be shown is lost.
#pragma once

#include <optional>
#include <string>

#include "observe/rates.hpp"
#include "observe/terminal.hpp"
#include "penstock/observer.hpp"

namespace penstock {

enum class ProgressStyle {
  automatic,  // a block on a terminal, else plain
  block,      // a block in any case
  plain,      // a line every five seconds
  none,       // the lines of engine and workers alone
};

class Progress : public Observer {
 public:
  Progress(ProgressStyle style, const Terminal& terminal);
  // Takes away the block, unless finish has left it.
  ~Progress() override;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void on_line(Level level, const std::string& text) override;
  void on_progress(const Report& report) override;

  // The run has ended: a block becomes the table of what each stage came to, and stays.
  void finish(const Report& report);

 private:
  std::string to_top() const;
  std::string drawn();
  void forget_block();

  const Terminal terminal_;
  const ProgressStyle style_;  // never automatic
  Rates rates_;
  double next_plain_line_;
  std::optional<Report> shown_;      // in the block; none: there is no block on the screen
  std::vector<std::size_t> widths_;  // of the rows of the block
};

}  // namespace penstock
