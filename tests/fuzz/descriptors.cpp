// The engine's side of a run, against workers whose every word comes from the input: a source that
// reads the standard input, a transform, a stateful task and a sink. Descriptors, cursors and lines
// are written where a worker writes them, between turns of the engine; now and then the honest
// answer to a call, so that the run gets on. No crash, no hang, and the account closes at each
// step.
//
// Processes are not started: the keeper is this program itself, which takes what it is told and
// does nothing.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "penstock/plugin.h"
#include "pool/fleet.hpp"
#include "process/keeper.hpp"
#include "run/checkpoints.hpp"
#include "run/delivery.hpp"
#include "run/dispatcher.hpp"
#include "run/failures.hpp"
#include "run/grants.hpp"
#include "run/intake.hpp"
#include "run/pinned.hpp"
#include "run/receiver.hpp"

namespace {

using namespace penstock;
using ipc::Descriptor;
using ipc::Ending;
using ipc::Kind;
using ipc::Where;

constexpr int kKeeperSocket = 3;

void require(bool holds) {
  if (!holds) std::abort();
}

// What the keeper is told is taken off its socket, until the other side is gone.
[[noreturn]] void play_keeper() {
  char bytes[4096];
  while (::read(kKeeperSocket, bytes, sizeof bytes) > 0) {
  }
  ::_exit(0);
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  template <class T>
  T take() {
    T value{};
    const std::size_t size = std::min(left_, sizeof value);
    std::memcpy(&value, data_, size);
    data_ += size;
    left_ -= size;
    return value;
  }
  std::uint8_t byte() { return take<std::uint8_t>(); }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

// The stateful stage has two instances; the last two stages are callbacks.
enum : std::size_t { kSource, kMap, kSum, kSumToo, kSink, kDone, kFailed, kStages };

StagePlan stage(TaskKind kind, std::uint32_t flags) {
  StagePlan made;
  made.name = std::string(to_string(kind));
  made.task_name = "p." + made.name;
  made.task.name = made.name;
  made.task.kind = kind;
  made.task.flags = flags;
  if (kind != TaskKind::source) made.task.inputs.push_back({"", "text", ""});
  if (kind != TaskKind::sink) made.task.outputs = {{"", "text", ""}, {"other", "int", ""}};
  made.queue.items = 64;
  return made;
}

Plan make_plan() {
  Plan plan;
  plan.pipeline = "fuzz";
  plan.memory = 64u << 20;
  plan.plugins.resize(1);
  plan.pools.resize(3);
  plan.stages = {stage(TaskKind::source, PENSTOCK_HAS_SNAPSHOT | PENSTOCK_READS_INPUT),
                 stage(TaskKind::transform, PENSTOCK_TAKES_BATCH),
                 stage(TaskKind::stateful, PENSTOCK_HAS_SNAPSHOT),
                 stage(TaskKind::stateful, PENSTOCK_HAS_SNAPSHOT),
                 stage(TaskKind::sink, PENSTOCK_HAS_COMMIT),
                 stage(TaskKind::transform, 0),
                 stage(TaskKind::sink, 0)};
  plan.checksum = true;
  const auto connect = [&](std::size_t from, std::uint16_t output, std::size_t to) {
    const auto edge = static_cast<std::uint16_t>(plan.stages[to].from.size());
    for (std::size_t i = to; i < to + plan.stages[to].instances; ++i) {
      plan.stages[i].from.push_back(Edge{from, output, 0, "text"});
    }
    plan.stages[from].readers.push_back(Reader{to, edge, output});
  };
  for (const std::size_t i : {kSum, kSumToo}) {
    StagePlan& sum = plan.stages[i];
    sum.instance = static_cast<std::uint16_t>(i - kSum);
    sum.instances = 2;
    sum.partitioned = sum.in_order = true;
  }
  connect(kSource, 0, kMap);
  connect(kMap, 0, kSum);
  connect(kSum, 0, kSink);
  connect(kSumToo, 0, kSink);
  connect(kMap, 1, kSink);
  connect(kMap, kFailedOutput, kSink);
  plan.stages[kMap].batch.items = 3;
  plan.stages[kSink].in_order = true;
  plan.stages[kDone].callback = CallbackPolicy{.event = Event::item_done, .drop = true};
  plan.stages[kFailed].callback = CallbackPolicy{.event = Event::item_failed, .command = true};
  plan.stages[kDone].pool = 1;
  plan.stages[kFailed].pool = 2;
  plan.stages[kMap].retry = {.attempts = 2, .backoff = {}, .max_backoff = {}, .failed = true};
  return plan;
}

// One worker, as what it writes: its home, mapped as the worker would.
struct Puppet {
  explicit Puppet(ipc::Mapping mapping) : home_mapping(std::move(mapping)) {}

  ipc::WorkerHome& home() { return *reinterpret_cast<ipc::WorkerHome*>(home_mapping.data()); }
  void send(Descriptor descriptor) {
    auto& ring = home().ring;
    const std::uint32_t tail = ring.tail.load();
    ring.slots[tail % ipc::kRingSlots] = descriptor;
    ring.tail.store(tail + 1);
  }

  ipc::Mapping home_mapping;
};

class Session {
 public:
  Session(boost::asio::io_context& loop, Keeper& keeper, const Plan& plan)
      : state_(loop, plan),
        input_(loop, state_.extents, state_.memory),
        callbacks_(state_),
        delivery_(state_, input_),
        checkpoints_(state_, delivery_, nullptr),
        failures_(state_, delivery_, callbacks_, checkpoints_),
        feeder_(state_),
        intake_(state_, delivery_, input_),
        pinned_(state_, feeder_, delivery_, callbacks_, failures_, intake_, input_, checkpoints_),
        dispatcher_(state_, feeder_, callbacks_),
        grants_(state_, dispatcher_),
        receiver_(state_, delivery_, callbacks_, dispatcher_, pinned_, failures_, intake_,
                  grants_) {
    state_.say = [](Level, const std::string&) {};
    state_.ledger.on_root_ended = [this](const Item& item) { callbacks_.tell_done(item); };
    state_.taking = true;
    state_.fleet = Fleet::create(loop, keeper, state_.extents, {}).value();
  }

  void turn() {
    ++state_.now;
    receiver_.turn();
    grants_.grant();
    failures_.wake_due();
    delivery_.expand();
    pinned_.turn();
    dispatcher_.turn();
    intake_.turn();
    for (StageState& stage : state_.stages) {
      if (input_.used_by(stage.index)) intake_.feed(stage);
    }
    state_.fleet->flush();
    adopt();
    check();
  }

  void act(Input& input) {
    const std::uint8_t what = input.byte();
    Puppet* puppet = pick(what >> 4);
    if (puppet == nullptr) return turn();
    Worker& worker = *state_.fleet->find(chosen_);
    switch (what % 16) {
      case 0:
      case 1:
      case 2:
        turn();
        break;
      case 3:
        puppet->send(Descriptor{.kind = Kind::ready});
        break;
      case 4:
      case 5:
        answer_honestly(worker, *puppet, input);
        break;
      case 6:
        receiver_.drain(worker);
        break;
      case 7:
        puppet->home().line.tail.store(input.take<std::uint32_t>());
        break;
      case 8:
        puppet->home().ring.tail.store(input.take<std::uint32_t>());
        break;
      case 9:
        puppet->home().head.store(input.take<std::uint32_t>());
        break;
      case 10:
        puppet->home().head.store(puppet->home().head.load() + input.byte());
        break;
      case 11:
        state_.now += std::uint64_t{input.byte()} << 24;
        break;
      case 12:
        puppet->send(input.take<Descriptor>());
        break;
      case 13:
        write_page(*puppet, input);
        break;
      default:
        puppet->send(likely(worker, input));
        break;
    }
  }

 private:
  Puppet* pick(unsigned index) {
    if (puppets_.empty()) return nullptr;
    auto found = puppets_.begin();
    std::advance(found, index % puppets_.size());
    chosen_ = found->first;
    return &found->second;
  }

  // The first extent of a worker is its home.
  void adopt() {
    for (const auto& [id, worker] : state_.fleet->workers()) {
      if (puppets_.contains(id)) continue;
      // Between two of them stand those of the engine, and those that were granted.
      while (state_.extents.size(++last_home_) != ipc::kWorkerHomeBytes) {
      }
      auto mapping = ipc::map_owned(state_.extents.fd(last_home_), ipc::kWorkerHomeBytes);
      if (!mapping) continue;
      puppets_.emplace(id, std::move(mapping.value()));
      homes_[id] = last_home_;
    }
  }

  // A descriptor whose fields are near to what would be right.
  Descriptor likely(const Worker& worker, Input& input) {
    Descriptor made;
    made.kind = static_cast<Kind>(static_cast<unsigned>(Kind::output) + input.byte() % 12);
    made.where = static_cast<Where>(input.byte() % 5);
    made.inline_size = input.byte();
    made.code = input.byte() % 6;
    made.extra = input.byte();
    made.call = (worker.calls.empty() ? worker.next_call : worker.calls.front().number) +
                (input.byte() % 16 == 0 ? 1 : 0);
    if (made.where == Where::here) {
      made.set_body(input.take<std::uint64_t>());
      return made;
    }
    ipc::BlockRef block;
    block.extent = input.byte() % 8 == 0 ? input.byte() : homes_[worker.id];
    block.piece = input.byte() % 4;
    block.offset = std::uint64_t{input.take<std::uint16_t>()} * 64;
    block.size =
        made.kind == Kind::page ? made.extra * sizeof(Descriptor) : input.take<std::uint16_t>();
    if (made.kind == Kind::want_extent || made.kind == Kind::drop_extent ||
        made.kind == Kind::position) {
      made.set_body(std::uint64_t{input.byte()} << input.byte() % 64);
    } else {
      made.set_body(block);
    }
    return made;
  }

  void answer_honestly(const Worker& worker, Puppet& puppet, Input& input) {
    if (worker.calls.empty()) return;
    const Call& call = worker.calls.front();
    Descriptor made;
    made.call = call.number;
    if (call.kind == Kind::run || call.kind == Kind::produce) {
      if (worker.stage != kSink) {
        for (unsigned left = input.byte() % 4; left > 0; --left) {
          made.kind = Kind::output;
          made.set_inline(std::as_bytes(std::span("output", 6)));
          puppet.send(made);
        }
      }
    }
    if (call.kind != Kind::run && call.kind != Kind::close && call.kind != Kind::finish) {
      Descriptor answer = ipc::numbered(Kind::answer, worker.stage == kSink ? call.amount : 0);
      answer.where = Where::here;
      answer.inline_size = 8;
      answer.call = call.number;
      puppet.send(answer);
    }
    made = Descriptor();
    made.kind = Kind::done;
    made.call = call.number;
    puppet.send(made);
  }

  // Fills a page of outputs in the arena of the worker; some of them are what they should be.
  void write_page(Puppet& puppet, Input& input) {
    const std::size_t at = ipc::kWorkerHomeReserved + std::size_t{input.byte()} * 64;
    const unsigned count = input.byte() % 64;
    for (unsigned i = 0; i < count; ++i) {
      Descriptor output;
      output.kind = Kind::output;
      output.set_inline(std::as_bytes(std::span("output", 6)));
      if (input.byte() % 4 == 0) output = input.take<Descriptor>();
      std::memcpy(puppet.home_mapping.data() + at + i * sizeof output, &output, sizeof output);
    }
  }

  void check() const {
    const auto closes = [](const Account& account) {
      require(account.done + account.dead <= account.in);
    };
    closes(state_.ledger.run());
    for (const StageState& stage : state_.stages) {
      closes(state_.ledger.stage(stage.index));
      std::uint32_t runs = 0;
      for (const auto& [id, worker] : state_.fleet->workers()) {
        for (const Call& call : worker->calls) {
          const bool counts = call.kind == Kind::run && call.stage == stage.index && !call.unwanted;
          runs += counts ? static_cast<std::uint32_t>(call.size()) : 0;
        }
      }
      require(stage.running == runs);
      require(stage.incoming < 1u << 24);
    }
    require(state_.extents.granted() <= 3 * state_.extents.budget() + (8u << 20));
  }

  RunState state_;
  StandardInput input_;
  Callbacks callbacks_;
  Delivery delivery_;
  Checkpoints checkpoints_;
  Failures failures_;
  Feeder feeder_;
  Intake intake_;
  Pinned pinned_;
  Dispatcher dispatcher_;
  Grants grants_;
  Receiver receiver_;
  std::map<WorkerId, Puppet> puppets_;
  std::map<WorkerId, std::uint32_t> homes_;
  std::uint32_t last_home_ = 0;
  WorkerId chosen_ = 0;
};

boost::asio::io_context* loop = nullptr;
Keeper* keeper = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc == 2 && (*argv)[1] == std::to_string(::getppid())) play_keeper();
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  loop = new boost::asio::io_context(1);
  keeper = Keeper::start(*loop, self).value().release();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Plan plan = make_plan();
  {
    Input input(data, size);
    Session session(*loop, *keeper, plan);
    session.turn();
    while (!input.empty()) session.act(input);
    session.turn();
  }
  loop->restart();
  loop->poll();
  return 0;
}
