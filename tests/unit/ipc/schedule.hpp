// A model of two processes that share memory, for tests of what must hold in any order of their
// steps. Each actor is a coroutine; before and after every load and store of a ModelWord it stops,
// and a scheduler with a seed chooses what happens next: a step of some actor, a store that becomes
// visible, or a death. The same seed gives the same run.
//
// Stores are weaker than any machine makes them: each waits in its actor's buffer; a release store
// becomes visible after all that were made before it, a relaxed one at any time (after earlier ones
// to the same word). A fence empties the buffer of its actor. What a dead process has stored
// becomes visible, as it does on a machine.
#pragma once

#include <ucontext.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace penstock::model {

// What the test demands and does not hold.
struct Broken {
  std::string what;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw Broken{what};
}

struct Cell {
  std::uint64_t visible = 0;
};

class Schedule {
 public:
  explicit Schedule(std::uint64_t seed);
  ~Schedule();
  Schedule(const Schedule&) = delete;

  // The body may throw Broken. It keeps nothing on its stack that wants to be destroyed: an actor
  // that is killed never returns.
  std::size_t add(std::function<void()> body);
  void kill(std::size_t actor);
  bool over(std::size_t actor) const { return actors_[actor]->over; }

  // Runs until all actors are over. Empty, or what was broken: by an actor, or a lock-up.
  std::string run();

  // How the one that runs is called by its actors, and by the words they use.
  static Schedule& now() { return *current_; }
  void stop_here();                                // others may do something
  void wait_for(std::function<bool()> condition);  // of visible memory
  std::uint64_t load(const Cell& cell);
  void store(Cell& cell, std::uint64_t value, std::memory_order order);
  void fence();
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  // Called at each step, with whatever may be done to the actors then.
  std::function<void()> between_steps;
  bool fences = true;  // false: a model of a program that has forgotten them

 private:
  struct Store {
    Cell* cell;
    std::uint64_t value;
    bool release;
  };
  struct Actor {
    ucontext_t context{};
    std::unique_ptr<char[]> stack;
    std::function<void()> body;
    std::function<bool()> condition;
    std::vector<Store> buffer;
    bool over = false;
  };

  static constexpr std::size_t kStackBytes = 64 * 1024;
  static constexpr std::uint64_t kSteps = 100'000;  // more than any run of a test needs

  static void enter();
  bool show_one_store();
  void show_all_stores(Actor& actor);

  static inline Schedule* current_ = nullptr;
  std::mt19937_64 random_;
  ucontext_t scheduler_{};
  std::vector<std::unique_ptr<Actor>> actors_;
  Actor* running_ = nullptr;
  std::string broken_;
};

// An atomic word of the model.
template <class T>
class ModelWord {
 public:
  ModelWord() = default;
  explicit ModelWord(T value) : cell_{value} {}

  T load(std::memory_order) const { return static_cast<T>(Schedule::now().load(cell_)); }
  void store(T value, std::memory_order order) { Schedule::now().store(cell_, value, order); }
  T visible() const { return static_cast<T>(cell_.visible); }  // to the kernel, say

 private:
  Cell cell_;
};

// The first of 10,000 schedules in which a model with this mistake is broken, by its seed, and how;
// empty if there is none. Models are made of a seed and a mistake; run() is as of Schedule.
template <class Model, class Mistake>
std::string find_broken(Mistake mistake) {
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    const std::string broken = Model(seed, mistake).run();
    if (!broken.empty()) return "seed " + std::to_string(seed) + ": " + broken;
  }
  return "";
}

inline void full_fence(const ModelWord<std::uint32_t>&) {
  Schedule::now().fence();
}

}  // namespace penstock::model
