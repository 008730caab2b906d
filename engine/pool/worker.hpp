// One worker as the engine knows it: its process, the link to it, and the calls that it was given
// and has not answered, oldest first. A worker answers in that order, so whatever it sends about a
// call is about the first of them. Plain state; the run decides what it means. Belongs to the loop.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/message.hpp"
#include "pool/link.hpp"
#include "process/child.hpp"
#include "process/pipe_reader.hpp"
#include "process/stderr_tail.hpp"

namespace penstock {

struct Call {
  std::uint64_t number = 0;
  ipc::Kind kind = ipc::Kind::none;
  std::uint16_t stage = 0;
  std::uint32_t item = 0;              // of a run
  std::vector<std::uint32_t> others;   // of a batch: the items behind that one
  std::uint32_t expected = 0;          // outputs that it is likely to make
  std::uint64_t amount = 0;            // items wanted of a produce, the epoch of a commit
  std::vector<std::uint64_t> objects;  // that it brought along, by id
  bool open_ended = false;  // nobody knows yet that it is short: nothing is sent behind it
  // Its stage has gone back to an earlier state, or it was withdrawn: the answer is dropped. Its
  // items are elsewhere, and may have ended there.
  bool unwanted = false;

  // Of a run: how many items it has, and each of them.
  std::size_t size() const { return 1 + others.size(); }
  std::uint32_t at(std::size_t index) const { return index == 0 ? item : others[index - 1]; }
};

class Worker {
 public:
  enum class State {
    starting,  // the process has not said that it is ready
    opening,   // its stages are being opened
    serving,
    leaving,   // gets no new calls; is told to stop when it has answered
    stopping,  // was told to stop
    killed,    // was sent a signal
  };

  Worker(WorkerId number, std::size_t pool_index, std::optional<std::uint16_t> pinned_stage,
         Link&& made_link)
      : id(number), pool(pool_index), stage(pinned_stage), link(std::move(made_link)) {}

  const WorkerId id;
  const std::size_t pool;
  const std::optional<std::uint16_t> stage;  // the one that is pinned to it; none: transforms

  Link link;
  Child child;
  StderrTail output;  // its last lines
  std::unique_ptr<PipeReader> output_reader;
  State state = State::starting;
  bool ready = false;  // it has said so

  std::deque<Call> calls;
  std::uint64_t next_call = 1;
  std::uint64_t head_since = 0;  // when the first of them became the first, ns
  double call_ns = 0;            // a moving average; 0: not known

  // What has come of the first call: it counts when the call ends, and not before.
  std::vector<ipc::Descriptor> outputs;
  std::optional<ipc::Descriptor> answer;
  std::uint64_t input_position = 0;
  std::size_t damaged = 0;     // which item of the call it found so
  std::uint64_t asked_id = 0;  // the call that has asked for its item's id
  std::uint64_t dated = 0;     // the call whose start was taken from the line

  std::uint64_t finished = 0;  // calls, over its life
  std::uint64_t items = 0;     // that they had
  unsigned opens_left = 0;     // before it serves
  std::vector<bool> opened;    // which called stages it has been told to open, by number
  std::string open_failure;    // of the last of these that failed; its calls come back unrun
  std::map<std::uint64_t, std::uint32_t> objects;  // that it has, by id: calls that brought them
  bool spent = false;                              // it runs nothing more; see ipc::kSpent
  std::uint64_t begun = 0;  // calls up to this one may come back unrun, as some behind it will
  unsigned open_ended = 0;  // of its calls
  std::uint32_t party = 0;  // its number among those who share objects
  std::uint64_t wanted_extent = 0;  // bytes that wait for memory; 0: none
  bool freed = false;               // blocks of it, since it was last told to look again
  std::uint64_t overdue = 0;        // number of the call that ran out of time; 0: none
  std::string reason;               // why it was ended by us, for the report
  bool lied = false;                // nothing it says is believed any more
  std::string progress;             // of the call in hand, as its task tells it; may be empty
  bool warned = false;              // a person was told that the call in hand takes long
  std::uint64_t kill_at = 0;        // when SIGKILL follows SIGTERM, ns; 0: never

  bool gone = false;  // its process has ended

  // Nobody holds this block of its own any more.
  void free_block(std::uint32_t extent, std::uint64_t offset) {
    link.send_freed(extent, offset);
    freed = true;
  }

  // How long the call in hand has been the first one, ns. One that was given within the same turn
  // of the loop is younger than its `now`.
  std::uint64_t head_age(std::uint64_t now) const { return now - std::min(now, head_since); }
  bool alive() const { return !gone && state != State::killed; }
  std::string name() const { return "worker-" + std::to_string(id); }
};

}  // namespace penstock
