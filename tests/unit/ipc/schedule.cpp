#include "schedule.hpp"

#include <algorithm>

namespace penstock::model {

Schedule::Schedule(std::uint64_t seed) : random_(seed) {
  current_ = this;
}

Schedule::~Schedule() {
  current_ = nullptr;
}

std::size_t Schedule::add(std::function<void()> body) {
  auto actor = std::make_unique<Actor>();
  actor->stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
  actor->body = std::move(body);
  ::getcontext(&actor->context);
  actor->context.uc_stack.ss_sp = actor->stack.get();
  actor->context.uc_stack.ss_size = kStackBytes;
  actor->context.uc_link = &scheduler_;
  ::makecontext(&actor->context, &Schedule::enter, 0);
  actors_.push_back(std::move(actor));
  return actors_.size() - 1;
}

void Schedule::enter() {
  Schedule& self = now();
  Actor& actor = *self.running_;
  try {
    actor.body();
  } catch (const Broken& broken) {
    if (self.broken_.empty()) self.broken_ = broken.what;
  }
  self.show_all_stores(actor);
  actor.over = true;
}

void Schedule::kill(std::size_t index) {
  show_all_stores(*actors_[index]);
  actors_[index]->over = true;
}

std::string Schedule::run() {
  std::vector<Actor*> ready;
  for (std::uint64_t step = 0; broken_.empty(); ++step) {
    if (step == kSteps) return "no end after " + std::to_string(kSteps) + " steps";
    if (between_steps) between_steps();
    if (chance(2) && show_one_store()) continue;
    ready.clear();
    bool all_over = true;
    for (const auto& actor : actors_) {
      if (actor->over) continue;
      all_over = false;
      if (!actor->condition || actor->condition()) ready.push_back(actor.get());
    }
    if (all_over) return {};
    if (ready.empty()) {
      if (show_one_store()) continue;
      return "everybody sleeps, and nobody will wake them";
    }
    running_ = ready[pick(ready.size())];
    running_->condition = nullptr;
    ::swapcontext(&scheduler_, &running_->context);
  }
  return broken_;
}

void Schedule::stop_here() {
  ::swapcontext(&running_->context, &scheduler_);
}

void Schedule::wait_for(std::function<bool()> condition) {
  running_->condition = std::move(condition);
  stop_here();
}

std::uint64_t Schedule::load(const Cell& cell) {
  stop_here();
  const auto& buffer = running_->buffer;
  const auto own = std::find_if(buffer.rbegin(), buffer.rend(),
                                [&](const Store& store) { return store.cell == &cell; });
  return own != buffer.rend() ? own->value : cell.visible;
}

void Schedule::store(Cell& cell, std::uint64_t value, std::memory_order order) {
  stop_here();
  running_->buffer.push_back({&cell, value, order != std::memory_order_relaxed});
  stop_here();
}

void Schedule::fence() {
  stop_here();
  if (fences) show_all_stores(*running_);
}

bool Schedule::show_one_store() {
  struct Choice {
    Actor* actor;
    std::size_t index;
  };
  std::vector<Choice> choices;
  for (const auto& actor : actors_) {
    const auto& buffer = actor->buffer;
    for (std::size_t i = 0; i < buffer.size(); ++i) {
      const bool first_of_cell =
          std::none_of(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(i),
                       [&](const Store& store) { return store.cell == buffer[i].cell; });
      if (i == 0 || (first_of_cell && !buffer[i].release)) choices.push_back({actor.get(), i});
    }
  }
  if (choices.empty()) return false;
  const Choice choice = choices[pick(choices.size())];
  auto& buffer = choice.actor->buffer;
  buffer[choice.index].cell->visible = buffer[choice.index].value;
  buffer.erase(buffer.begin() + static_cast<std::ptrdiff_t>(choice.index));
  return true;
}

void Schedule::show_all_stores(Actor& actor) {
  for (const Store& store : actor.buffer) store.cell->visible = store.value;
  actor.buffer.clear();
}

}  // namespace penstock::model
