// One execution of a plan: the loop that owns all its state. It runs on the thread that calls
// execute(), which returns when the run has ended and no worker of it is left.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "catalog/symbolizer.hpp"
#include "penstock/observer.hpp"
#include "plan/plan.hpp"
#include "run/callbacks.hpp"
#include "run/delivery.hpp"
#include "run/dispatcher.hpp"
#include "run/failures.hpp"
#include "run/intake.hpp"
#include "run/pinned.hpp"
#include "run/receiver.hpp"
#include "run/run_state.hpp"
#include "run/standard_input.hpp"
#include "run/supervisor.hpp"
#include "state/dead_letters.hpp"

namespace penstock {

struct RunSetup {
  std::uint64_t limit = 0;      // items of each source to take at most; 0: all
  bool handle_signals = false;  // SIGINT and SIGTERM end it
  Observer* observer = nullptr;
};

class Run {
 public:
  // All of these outlive the run.
  Run(boost::asio::io_context& loop, Keeper& keeper, Symbolizer& symbolizer, const Plan& plan,
      DeadLetters& letters, const RunSetup& setup);

  // Makes the engine itself a source or a sink of the plan. Before execute().
  void attach(StageIndex stage, EngineSource& source);
  void attach(StageIndex stage, EngineSink& sink);
  StandardInput& standard_input() { return input_; }
  ExtentTable& extents() { return state_.extents; }
  // Hears of each source item that has ended.
  void on_root_ended(std::function<void(std::uint64_t number)> listener);

  // Fails only before anything was begun.
  Result<Report> execute();

 private:
  bool turn();
  void settle();
  bool finished();
  void sleep();
  void take_note();  // of the progress, now and then
  void shut_down();
  void listen_for_signals();
  void interrupted(int signal);
  std::uint64_t next_due() const;
  Report report() const;

  boost::asio::io_context& loop_;
  Keeper& keeper_;
  DeadLetters& letters_;
  Callbacks callbacks_;
  RunState state_;
  StandardInput input_;
  Delivery delivery_;
  Failures failures_;
  Intake intake_;
  Pinned pinned_;
  Dispatcher dispatcher_;
  Receiver receiver_;
  Supervisor supervisor_;
  boost::asio::signal_set signals_;
  bool handle_signals_;
  bool hurry_ = false;           // a second signal
  std::uint64_t began_at_ = 0;   // ns
  std::uint64_t ending_at_ = 0;  // when it began to end early
  std::uint64_t noted_at_ = 0;
  std::uint64_t watched_at_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace penstock
