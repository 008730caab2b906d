#include "pool/fleet.hpp"

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>

#include "ipc/doorbell.hpp"
#include "process/program_path.hpp"

namespace penstock {

// Watches a worker's bell, so that it wakes the loop, and its channel while letters wait.
struct Fleet::Bell : std::enable_shared_from_this<Fleet::Bell> {
  Bell(boost::asio::io_context& loop, Link& watched)
      : link(&watched), bell(loop, watched.bell_fd()), channel(loop, watched.channel_fd()) {}
  ~Bell() {
    // Both descriptors belong to the link.
    bell.release();
    channel.release();
  }

  void listen() {
    bell.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [self = shared_from_this()](boost::system::error_code error) {
                      if (error || self->link == nullptr) return;
                      ipc::silence_bell(self->link->bell());
                      self->listen();
                    });
  }

  void flush_letters() {
    if (writing || !link->letters_pending()) return;
    writing = true;
    channel.async_wait(boost::asio::posix::descriptor_base::wait_write,
                       [self = shared_from_this()](boost::system::error_code error) {
                         self->writing = false;
                         if (error || self->link == nullptr) return;
                         // A failure is the worker's death, which is told elsewhere.
                         if (self->link->flush_letters()) self->flush_letters();
                       });
  }

  void leave() {
    link = nullptr;
    bell.release();
    channel.release();
  }

  Link* link;
  boost::asio::posix::stream_descriptor bell;
  boost::asio::posix::stream_descriptor channel;
  bool writing = false;
};

Result<std::unique_ptr<Fleet>> Fleet::create(boost::asio::io_context& loop, Keeper& keeper,
                                             ExtentTable& extents, FleetEvents events,
                                             std::vector<std::string> program) {
  if (program.empty()) {
    auto found = find_program("penstock-worker");
    if (!found) return found.error();
    program.push_back(found->string());
  }
  auto board = EngineBoard::create();
  if (!board) return board.error();
  return std::unique_ptr<Fleet>(new Fleet(loop, keeper, extents, std::move(events),
                                          std::move(board.value()), std::move(program)));
}

Fleet::Fleet(boost::asio::io_context& loop, Keeper& keeper, ExtentTable& extents,
             FleetEvents events, EngineBoard board, std::vector<std::string> program)
    : loop_(loop),
      keeper_(keeper),
      extents_(extents),
      events_(std::move(events)),
      board_(std::move(board)),
      program_(std::move(program)) {
  extents_.on_free = [this](WorkerId owner, std::uint32_t extent, std::uint64_t offset) {
    if (Worker* worker = find(owner)) worker->free_block(extent, offset);
  };
  extents_.on_forget = [this](WorkerId reader, std::uint32_t extent) {
    if (Worker* worker = find(reader)) {
      worker->link.send(ipc::numbered(ipc::Kind::forget, extent));
    }
  };
}

Fleet::~Fleet() {
  for (auto& [id, bell] : bells_) bell->leave();
  extents_.on_free = nullptr;
  extents_.on_forget = nullptr;
}

Result<Worker*> Fleet::start(const WorkerOptions& options) {
  const WorkerId id = next_id_++;
  auto link = Link::create(id, extents_, board_, options.link);
  auto pipe = create_pipe();
  if (!link || !pipe) {
    extents_.retire(id);
    return link ? pipe.error() : link.error();
  }

  auto made = std::make_unique<Worker>(id, options.pool, options.stage, std::move(link.value()));
  Worker& worker = *made;
  worker.party = options.link.party;
  worker.head_since = ipc::monotonic_ns();
  worker.output = StderrTail([this, &worker](std::string_view line) {
    if (events_.wrote) events_.wrote(worker, line);
  });
  worker.output_reader = std::make_unique<PipeReader>(
      loop_, std::move(pipe->read),
      [&worker](std::string_view bytes) { worker.output.feed(bytes); });

  Launch launch;
  launch.fds.push_back(worker.link.take_worker_end());
  launch.stdout_and_stderr = std::move(pipe->write);
  if (const auto set = set_terms(launch, options, id); !set) {
    extents_.retire(id);
    return set.error();
  }

  ChildEvents events;
  events.failed = [this, id](const std::string& reason) {
    end(id, {WorkerEnd::How::not_started, {}, reason});
  };
  events.died = [this, id](const ExitStatus& status) {
    end(id, {WorkerEnd::How::exited, status, {}});
  };
  events.lost = [this, id] { end(id, {WorkerEnd::How::keeper_lost, {}, {}}); };
  worker.child = keeper_.launch(std::move(launch), std::move(events));

  auto bell = std::make_shared<Bell>(loop_, worker.link);
  bell->listen();
  bells_.emplace(id, std::move(bell));
  workers_.emplace(id, std::move(made));
  return &worker;
}

// What the process is to be and to have. One that runs under a command of its user's choice gets
// the terminal, if nobody has it: what it writes is not read by the engine then.
Result<void> Fleet::set_terms(Launch& launch, const WorkerOptions& options, WorkerId id) {
  launch.argv = options.under;
  launch.argv.insert(launch.argv.end(), program_.begin(), program_.end());
  launch.env = options.env;
  launch.data_limit = options.memory;
  launch.nice = options.nice;
  launch.cpus = options.cpus;
  if (options.under.empty() || terminal_) return {};
  auto loan = TerminalLoan::take();
  if (!loan) return {};
  auto terminal = loan->for_borrower();
  if (!terminal) return terminal.error();
  launch.stdout_and_stderr = std::move(terminal.value());
  launch.terminal = true;
  terminal_.emplace(std::move(*loan));
  borrower_ = id;
  return {};
}

void Fleet::kill(Worker& worker, int signal) {
  worker.state = Worker::State::killed;
  worker.child.kill(signal);
}

Worker* Fleet::find(WorkerId id) {
  const auto found = workers_.find(id);
  return found == workers_.end() ? nullptr : found->second.get();
}

void Fleet::end(WorkerId id, const WorkerEnd& end) {
  const auto found = workers_.find(id);
  if (found == workers_.end()) return;
  // Out of the table first: what is released now is not to be sent to a dead worker.
  const std::unique_ptr<Worker> worker = std::move(found->second);
  workers_.erase(found);
  if (terminal_ && borrower_ == id) terminal_.reset();
  worker->output_reader->drain();
  worker->output.finish();
  if (const auto bell = bells_.find(id); bell != bells_.end()) {
    bell->second->leave();
    bells_.erase(bell);
  }
  worker->gone = true;
  events_.ended(*worker, end);
  extents_.retire(id);
}

void Fleet::flush() {
  for (const auto& [id, worker] : workers_) {
    worker->link.flush();
    if (worker->link.letters_pending()) bells_.at(id)->flush_letters();
  }
}

bool Fleet::anything_to_receive() const {
  for (const auto& [id, worker] : workers_) {
    if (!worker->lied && worker->link.has_next()) return true;
  }
  return false;
}

bool Fleet::anything_to_send() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& entry) {
    return entry.second->alive() && entry.second->link.waits_for_room();
  });
}

}  // namespace penstock
