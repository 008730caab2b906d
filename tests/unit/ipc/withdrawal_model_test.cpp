// Calls taken back from a worker that is slow, under every order of steps that a seed can choose,
// with a death of the worker at any of them: engine/worker/call_loop.cpp and run/supervisor.cpp.
// The ring is left out, worker_model_test.cpp has it: all calls are there from the beginning.
//
// What has to hold: each call is run by one side and never by both; one that the worker had in hand
// when it died may be run again.
#include <array>
#include <cstdint>
#include <string>

#include "catch.hpp"
#include "ipc/line.hpp"
#include "ipc/withdrawal.hpp"
#include "schedule.hpp"

namespace penstock {
namespace {

using model::require;
using model::Schedule;
using Word32 = model::ModelWord<std::uint32_t>;
using Word64 = model::ModelWord<std::uint64_t>;

constexpr std::uint64_t kCalls = 6;

enum class Mistake {
  none,
  no_fence,             // each side looks before the other can see it
  looked_before_begun,  // the worker looks, and says then that it has begun
  read_before_named,    // the engine reads what was begun, and names the calls then
  begun_taken_too,      // the call in hand is taken back with the others
};

class Model {
 public:
  Model(std::uint64_t seed, Mistake mistake)
      : schedule_(seed), mistake_(mistake), dies_(schedule_.chance(2)) {
    schedule_.fences = mistake != Mistake::no_fence;
    schedule_.between_steps = [this] {
      if (!dies_ || schedule_.over(worker_) || !schedule_.chance(40)) return;
      dies_ = false;
      schedule_.kill(worker_);
    };
    worker_ = schedule_.add([this] { worker(); });
    schedule_.add([this] { engine(); });
  }

  std::string run() { return schedule_.run(); }

 private:
  void worker() {
    for (std::uint64_t call = 1; call <= kCalls; ++call) {
      bool withdrawn = false;
      if (mistake_ == Mistake::looked_before_begun) {
        withdrawn = ipc::is_withdrawn(withdrawn_, line_, call);
        line_.begin(call, 0);
      } else {
        line_.begin(call, 0);
        withdrawn = ipc::is_withdrawn(withdrawn_, line_, call);
      }
      if (!withdrawn) {
        in_hand_ = call;
        schedule_.stop_here();
        ++ran_[call];
        in_hand_ = 0;
      }
      given_back_[call] = withdrawn;
      line_.end(call, static_cast<std::uint32_t>(call));
    }
  }

  void engine() {
    while (!schedule_.over(worker_)) {
      if (taken_up_to_ < kCalls && schedule_.chance(4)) {
        withdraw(taken_up_to_ + 1 + schedule_.pick(kCalls - taken_up_to_));
      }
      schedule_.stop_here();
    }
    const std::uint64_t ended = line_.ended.load(std::memory_order_acquire);
    for (std::uint64_t call = 1; call <= ended; ++call) elsewhere_[call] |= given_back_[call];
    for (std::uint64_t call = ended + 1; call <= kCalls; ++call) elsewhere_[call] = true;
    for (std::uint64_t call = 1; call <= kCalls; ++call) {
      require(elsewhere_[call] || ran_[call] == 1, "a call is lost");
      // It may have died behind the work and before it could say so.
      require(!elsewhere_[call] || ran_[call] == 0 || call == ended + 1, "a call is run twice");
      require(call != in_hand_ || elsewhere_[call], "what was in hand is lost");
    }
  }

  void withdraw(std::uint64_t last) {
    std::uint64_t begun = 0;
    if (mistake_ == Mistake::read_before_named) {
      begun = line_.began.load(std::memory_order_acquire);
      (void)ipc::withdraw(withdrawn_, line_, last);
    } else {
      begun = ipc::withdraw(withdrawn_, line_, last);
    }
    if (mistake_ == Mistake::begun_taken_too && begun > 0) --begun;
    for (std::uint64_t call = begun + 1; call <= last; ++call) {
      require(call != in_hand_, "a call in hand is given elsewhere");
      require(ran_[call] == 0, "a call that was run is given elsewhere");
      elsewhere_[call] = true;
    }
    taken_up_to_ = last;
  }

  Schedule schedule_;
  const Mistake mistake_;
  bool dies_;
  std::size_t worker_ = 0;
  Word64 withdrawn_;
  ipc::BasicLine<Word32, Word64> line_{};
  std::uint64_t taken_up_to_ = 0;

  std::array<bool, kCalls + 1> given_back_{};  // what the worker answers, in the ring
  std::array<bool, kCalls + 1> elsewhere_{};   // who runs it

  // What really happened.
  std::uint64_t in_hand_ = 0;
  std::array<int, kCalls + 1> ran_{};
};

// The sanitizers do not follow when one thread goes from stack to stack.
TEST_CASE("no order of steps has a withdrawn call run twice, or never", "[no-sanitizer]") {
  CHECK(model::find_broken<Model>(Mistake::none) == "");
}

TEST_CASE("the model of withdrawal notices what would be a mistake", "[no-sanitizer]") {
  const auto mistake = GENERATE(Mistake::no_fence, Mistake::looked_before_begun,
                                Mistake::read_before_named, Mistake::begun_taken_too);
  CAPTURE(static_cast<int>(mistake));
  CHECK(model::find_broken<Model>(mistake) != "");
}

}  // namespace
}  // namespace penstock
