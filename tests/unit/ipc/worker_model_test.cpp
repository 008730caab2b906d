// Ring and worker's line under every order of steps that a seed can choose, with a death of the
// worker at any of them: engine/worker/call_loop.cpp, engine/worker/connection.cpp, pool/link.cpp
// and run/supervisor.cpp, without what does not touch shared memory.
//
// What has to hold: a call that has ended counts once, whatever was published of it; outputs count
// all together or not at all; only the call in hand is charged with a death; nobody sleeps for
// ever.
#include <deque>

#include "catch.hpp"
#include "ipc/line.hpp"
#include "ipc/ring.hpp"
#include "ipc/sleep.hpp"
#include "schedule.hpp"

namespace penstock {
namespace {

using model::require;
using model::Schedule;
using Word = model::ModelWord<std::uint32_t>;

constexpr std::uint32_t kSlots = 4;  // fewer than one call may make outputs
constexpr std::uint32_t kOutputsAtMost = 5;
constexpr unsigned kAttempts = 3;
constexpr unsigned kPublishEvery = 3;

using Memory = ipc::BasicRingMemory<Word, kSlots>;
using Writer = ipc::BasicRingWriter<Word, kSlots>;
using Reader = ipc::BasicRingReader<Word, kSlots>;

// Mistakes that one could make; the model has to notice each.
enum class Mistake {
  none,
  published_before_written,  // the ring's cursor goes ahead of the slot
  ended_before_done,         // the line names a descriptor that is still to be written
  begun_too_late,            // the line names the call after its work was begun
  line_not_read,             // a death is judged by what was published
  no_fence,                  // each side looks before the other can see it
  looked_before_sleeping,    // what comes between the look and the word is not seen
  head_goes_ahead,           // slots are given back before they were read
};

// What engine and one worker share, and the worker's own state.
struct Life {
  explicit Life(std::uint32_t start) {
    calls.tail = Word(start);
    calls_read = Word(start);
    results.tail = Word(start);
    results_read = Word(start);
    line.tail = Word(start);
  }

  Memory calls;  // the engine's segment
  Word results_read;
  Memory results;  // the worker's
  Word calls_read;
  Word sleeping;
  ipc::BasicLine<Word, model::ModelWord<std::uint64_t>> line{};

  // The kernel's.
  bool bell = false;
  bool asleep = false;  // on the cursor of `calls`
  std::deque<ipc::Descriptor> arrived;

  // What really happened, beyond doubt: the call before whose begin() it is, behind it, behind
  // end().
  std::uint64_t beginning = 0;
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
};

class Model {
 public:
  Model(std::uint64_t seed, Mistake mistake)
      : schedule_(seed),
        mistake_(mistake),
        start_(static_cast<std::uint32_t>(0) - static_cast<std::uint32_t>(schedule_.pick(8))),
        deaths_left_(static_cast<unsigned>(schedule_.pick(4))),
        items_(1 + schedule_.pick(12)),
        window_(1 + schedule_.pick(8)) {
    schedule_.fences = mistake != Mistake::no_fence;
    for (std::size_t i = 0; i < items_.size(); ++i) queue_.push_back(i);
    schedule_.between_steps = [this] {
      if (life_ == nullptr || deaths_left_ == 0 || schedule_.over(worker_)) return;
      if (!schedule_.chance(60)) return;
      --deaths_left_;
      schedule_.kill(worker_);
    };
    schedule_.add([this] { engine(); });
  }

  std::string run() { return schedule_.run(); }

 private:
  struct Item {
    unsigned done = 0;
    unsigned charged = 0;
  };
  struct Call {
    std::uint64_t number;
    std::size_t item;
  };

  // ---- The engine ----

  void engine() {
    start_worker();
    while (left_ > 0) {
      bool moved = receive();
      moved |= send_calls();
      flush();
      if (schedule_.over(worker_)) {
        worker_died();
      } else if (!moved) {
        sleep();
      }
    }
    for (const Item& item : items_) {
      require(item.done == 1 || (item.done == 0 && item.charged == kAttempts), "an item is lost");
    }
    ipc::Descriptor stop;
    stop.kind = ipc::Kind::stop;
    send(stop);
    while (!schedule_.over(worker_)) {
      flush();
      receive();
      schedule_.stop_here();
    }
  }

  void start_worker() {
    lives_.push_back(std::make_unique<Life>(start_));
    life_ = lives_.back().get();
    writer_ = Writer(&life_->calls, &life_->calls_read);
    reader_ = Reader(&life_->results, &life_->results_read);
    waiting_.clear();
    next_call_ = 1;
    outputs_ = 0;
    worker_ = schedule_.add([this, life = life_] { worker(*life); });
  }

  bool send_calls() {
    bool moved = false;
    while (!queue_.empty() && calls_.size() < window_) {
      ipc::Descriptor call;
      call.kind = ipc::Kind::run;
      call.call = next_call_++;
      calls_.push_back({call.call, queue_.front()});
      queue_.pop_front();
      send(call);
      moved = true;
    }
    return moved;
  }

  void send(const ipc::Descriptor& descriptor) {
    if (waiting_.empty() && writer_.room() > 0) {
      writer_.push(descriptor);
    } else {
      waiting_.push_back(descriptor);
    }
  }

  void flush() {
    while (!waiting_.empty() && writer_.room() > 0) {
      writer_.push(waiting_.front());
      waiting_.pop_front();
    }
    if (!writer_.has_unpublished()) return;
    writer_.publish();
    if (ipc::needs_wake(life_->sleeping)) life_->asleep = false;
  }

  bool receive() {
    bool moved = false;
    if (mistake_ == Mistake::head_goes_ahead && reader_.has_next()) {
      life_->results_read.store(reader_.position() + 1, std::memory_order_release);
    }
    ipc::Descriptor descriptor;
    while (reader_.pop(descriptor)) {
      moved = true;
      handle(descriptor);
    }
    require(!reader_.broken() && !writer_.broken(), "a cursor that cannot be");
    reader_.release();
    return moved;
  }

  void handle(const ipc::Descriptor& descriptor) {
    require(!calls_.empty() && calls_.front().number == descriptor.call, "a call not in hand");
    if (descriptor.kind == ipc::Kind::output) {
      require(descriptor.number() == outputs_++, "an output out of order");
      return;
    }
    require(descriptor.kind == ipc::Kind::done, "a descriptor of no kind");
    require(descriptor.extra == outputs_, "some outputs of a call are missing");
    outputs_ = 0;
    require(++items_[calls_.front().item].done == 1, "a call counts twice");
    --left_;
    calls_.pop_front();
  }

  void worker_died() {
    if (mistake_ != Mistake::line_not_read) {
      reader_.accept_unpublished(life_->line.tail.load(std::memory_order_acquire));
    }
    receive();
    if (!calls_.empty()) judge(calls_.front());
    for (auto call = calls_.rbegin(); call != calls_.rend(); ++call) queue_.push_front(call->item);
    calls_.clear();
    start_worker();
  }

  // Charges the first unanswered call with the death if it was in hand.
  void judge(Call call) {
    require(call.number > life_->ended, "a call that has ended is to be done again");
    if (life_->line.began.load(std::memory_order_acquire) != call.number) {
      return require(call.number != life_->begun, "nobody is charged with the death of a worker");
    }
    require(call.number <= life_->beginning, "a call is charged that was never begun");
    calls_.pop_front();
    if (++items_[call.item].charged < kAttempts) {
      queue_.push_front(call.item);
    } else {
      --left_;
    }
  }

  void sleep() {
    // Also looks at what was ended and not published, as it does before it sleeps.
    if (schedule_.chance(3)) {
      reader_.accept_unpublished(life_->line.tail.load(std::memory_order_acquire));
      if (receive()) return;
    }
    const bool looked = mistake_ == Mistake::looked_before_sleeping && !reader_.has_next();
    ipc::begin_sleep(board_sleeping_);
    // What waits for room is looked after by a timer.
    if (waiting_.empty() && (looked || !reader_.has_next())) {
      schedule_.wait_for([this] { return life_->bell || schedule_.over(worker_); });
    }
    ipc::end_sleep(board_sleeping_);
    life_->bell = false;
  }

  // ---- The worker ----

  void worker(Life& life) {
    Writer out(&life.results, &life.results_read);
    Reader in(&life.calls, &life.calls_read);
    for (;;) {
      const ipc::Descriptor call = next(life, out, in);
      if (call.kind == ipc::Kind::stop) return publish(life, out);
      life.beginning = call.call;
      if (mistake_ != Mistake::begun_too_late) life.line.begin(call.call, 0);
      life.begun = call.call;

      ipc::Descriptor result;
      result.call = call.call;
      const auto outputs = static_cast<std::uint16_t>(schedule_.pick(kOutputsAtMost + 1));
      for (std::uint16_t i = 0; i < outputs; ++i) {
        result.kind = ipc::Kind::output;
        result.set_body(std::uint64_t{i});
        put(life, out, result);
      }
      if (mistake_ == Mistake::begun_too_late) life.line.begin(call.call, 0);
      result.kind = ipc::Kind::done;
      result.extra = outputs;
      if (mistake_ == Mistake::ended_before_done) {
        life.line.end(call.call, out.tail() + 1);
        put(life, out, result);
      } else {
        put(life, out, result);
        life.line.end(call.call, out.tail());
      }
      life.ended = call.call;
      if (out.unpublished() >= kPublishEvery || schedule_.chance(3) || !pump(life, in)) {
        publish(life, out);
      }
    }
  }

  void put(Life& life, Writer& out, const ipc::Descriptor& descriptor) {
    while (out.room() == 0) publish(life, out);
    if (mistake_ == Mistake::published_before_written) {
      life.results.tail.store(out.tail() + 1, std::memory_order_release);
    }
    out.push(descriptor);
  }

  void publish(Life& life, Writer& out) {
    if (!out.has_unpublished()) return;
    out.publish();
    if (ipc::needs_wake(board_sleeping_)) life.bell = true;
  }

  // True: a descriptor has arrived.
  bool pump(Life& life, Reader& in) {
    ipc::Descriptor descriptor;
    while (in.pop(descriptor)) life.arrived.push_back(descriptor);
    require(!in.broken(), "the engine's ring is damaged");
    in.release();
    return !life.arrived.empty();
  }

  ipc::Descriptor next(Life& life, Writer& out, Reader& in) {
    while (!pump(life, in)) {
      publish(life, out);
      ipc::begin_sleep(life.sleeping);
      // The kernel looks at the word and goes to sleep in one step.
      if (!in.has_next() && life.calls.tail.visible() == in.position()) {
        life.asleep = true;
        schedule_.wait_for([&life] { return !life.asleep; });
      }
      ipc::end_sleep(life.sleeping);
    }
    const ipc::Descriptor descriptor = life.arrived.front();
    life.arrived.pop_front();
    return descriptor;
  }

  Schedule schedule_;
  const Mistake mistake_;
  const std::uint32_t start_;
  unsigned deaths_left_;
  std::vector<Item> items_;
  const std::size_t window_;
  std::size_t left_ = items_.size();
  std::deque<std::size_t> queue_;
  std::deque<Call> calls_;
  std::deque<ipc::Descriptor> waiting_;
  std::uint64_t next_call_ = 1;
  std::uint32_t outputs_ = 0;
  Word board_sleeping_;
  std::vector<std::unique_ptr<Life>> lives_;
  Life* life_ = nullptr;
  std::size_t worker_ = 0;
  Writer writer_;
  Reader reader_;
};

// The sanitizers do not follow when one thread goes from stack to stack.
TEST_CASE("no order of steps and no death loses or doubles a call", "[no-sanitizer]") {
  CHECK(model::find_broken<Model>(Mistake::none) == "");
}

TEST_CASE("the model notices what would be a mistake", "[no-sanitizer]") {
  const auto mistake = GENERATE(Mistake::published_before_written, Mistake::ended_before_done,
                                Mistake::begun_too_late, Mistake::line_not_read, Mistake::no_fence,
                                Mistake::looked_before_sleeping, Mistake::head_goes_ahead);
  CAPTURE(static_cast<int>(mistake));
  CHECK(model::find_broken<Model>(mistake) != "");
}

}  // namespace
}  // namespace penstock
