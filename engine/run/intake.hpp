// Asks sources for items, as many as there is room for, and counts what they bring. A source whose
// worker dies goes on from its last snapshot; what an unfinished call had emitted never was.
// Belongs to the loop.
#pragma once

#include "run/delivery.hpp"
#include "run/run_state.hpp"
#include "run/standard_input.hpp"

namespace penstock {

// A source that the engine itself is.
class EngineSource {
 public:
  virtual ~EngineSource() = default;
  // The next payload; false: none now. When `over` says so, there will be no more.
  virtual bool next(Payload& payload) = 0;
  virtual bool over() const = 0;
  virtual std::uint16_t output() const { return 0; }  // that the last payload goes to
  virtual const std::string& problem() const = 0;     // why it ended early; empty: it did not
};

class Intake {
 public:
  Intake(RunState& state, Delivery& delivery, StandardInput& input)
      : state_(state), delivery_(delivery), input_(input) {}

  // The engine's own sources, by stage.
  void attach(StageIndex stage, EngineSource& source);

  // Asks where there is room. True: something was asked or taken.
  bool turn();

  // A call of produce has ended well.
  Result<void> produced(StageState& stage, Worker& worker, const Call& call, bool end);

  // A source reads the standard input: it gets what there is, and what comes.
  void want_input(StageState& stage);
  void feed(StageState& stage);

  // Calls under way will not be answered.
  void forget_calls(StageState& stage);

  // When a source that had nothing is to be asked again (0: none).
  std::uint64_t next_due() const;

 private:
  bool ask(StageState& stage);
  std::uint64_t want_at_most(const StageState& stage) const;
  bool take_from(StageState& stage, EngineSource& source);

  struct Feed {
    std::uint32_t next_piece = 0;
    bool wanted = false;
    bool end_told = false;
  };

  RunState& state_;
  Delivery& delivery_;
  StandardInput& input_;
  std::map<StageIndex, EngineSource*> engine_sources_;
  Feed feed_;  // only one stage reads the input
};

}  // namespace penstock
