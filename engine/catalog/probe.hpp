// One run of penstock-probe: what is dangerous for the engine happens in it, and whatever becomes
// of it is told, at the latest when its deadline has passed. The loop's thread. Destroying it kills
// the process and nothing is told any more.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "process/exit_status.hpp"
#include "process/keeper.hpp"

namespace penstock {

struct ProbeReport {
  enum class End {
    died,    // with `status`; the only good end
    failed,  // it never ran: `reason`
    lost,    // with the keeper
    late,    // it was killed at its deadline
    endless  // it was killed because its answer was too long
  };
  End end = End::died;
  ExitStatus status;
  std::string reason;
  std::string answer;     // what it wrote to its channel
  std::string last_line;  // of what it wrote to its output
};

class Probe {
 public:
  using Done = std::function<void(ProbeReport report)>;

  // `done` comes once, from the loop; it may destroy the probe.
  Probe(boost::asio::io_context& loop, Keeper& keeper, const std::filesystem::path& program,
        std::vector<std::string> arguments, std::chrono::milliseconds deadline, Done done);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace penstock
