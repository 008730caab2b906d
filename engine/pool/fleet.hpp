// All workers of a run: starts them through the keeper, tells what they write and how they end, and
// stops them. Ids are never used again. Belongs to the loop; nothing here waits for a worker.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "pool/extent_table.hpp"
#include "pool/worker.hpp"
#include "process/keeper.hpp"
#include "process/terminal_loan.hpp"

namespace penstock {

struct WorkerOptions {
  std::size_t pool = 0;
  std::optional<std::uint16_t> stage;
  std::uint64_t memory = 0;  // private bytes; 0: no limit
  LinkTerms link;
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<int> nice;
  std::vector<unsigned> cpus;      // cores to run on; empty: all
  std::vector<std::string> under;  // a command that it runs under; empty: none
};

// How a worker ended, as far as its process tells.
struct WorkerEnd {
  enum class How { exited, not_started, keeper_lost };
  How how = How::exited;
  ExitStatus status;
  std::string reason;  // not_started: what the keeper says
};

struct FleetEvents {
  std::function<void(Worker& worker, std::string_view line)> wrote;
  // The worker is taken out of the fleet when this returns; its memory stays until it is released.
  std::function<void(Worker& worker, const WorkerEnd& end)> ended;
};

class Fleet {
 public:
  // `extents` and the keeper outlive the fleet.
  // `program`: what a worker is, and its first words; empty: penstock-worker.
  static Result<std::unique_ptr<Fleet>> create(boost::asio::io_context& loop, Keeper& keeper,
                                               ExtentTable& extents, FleetEvents events,
                                               std::vector<std::string> program = {});

  ~Fleet();

  Result<Worker*> start(const WorkerOptions& options);
  void kill(Worker& worker, int signal);

  Worker* find(WorkerId id);
  const std::map<WorkerId, std::unique_ptr<Worker>>& workers() const { return workers_; }
  bool empty() const { return workers_.empty(); }

  void flush();  // everything that was sent becomes visible
  bool anything_to_receive() const;
  bool anything_to_send() const;  // that waits for room in a ring
  void set_sleeping(bool sleeping) { board_.set_sleeping(sleeping); }

 private:
  Fleet(boost::asio::io_context& loop, Keeper& keeper, ExtentTable& extents, FleetEvents events,
        EngineBoard board, std::vector<std::string> program);

  struct Bell;
  Result<void> set_terms(Launch& launch, const WorkerOptions& options, WorkerId id);
  void end(WorkerId id, const WorkerEnd& end);

  boost::asio::io_context& loop_;
  Keeper& keeper_;
  ExtentTable& extents_;
  FleetEvents events_;
  EngineBoard board_;
  std::vector<std::string> program_;
  WorkerId next_id_ = 1;
  std::map<WorkerId, std::unique_ptr<Worker>> workers_;
  std::map<WorkerId, std::shared_ptr<Bell>> bells_;
  std::optional<TerminalLoan> terminal_;  // lent to a worker
  WorkerId borrower_ = 0;
};

}  // namespace penstock
