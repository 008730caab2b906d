#include "process/keeper.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "process/keeper_link.hpp"

namespace penstock {

Child& Child::operator=(Child&& other) noexcept {
  Child before(std::move(other));  // which ends what this one had
  state_.swap(before.state_);
  return *this;
}

Child::~Child() {
  if (!state_ || state_->ended) return;
  if (const auto link = state_->link.lock()) {
    link->disown(*state_);
  } else {
    state_->ended = true;
    state_->events = {};
  }
}

pid_t Child::pid() const {
  return state_ ? state_->pid : 0;
}

bool Child::running() const {
  return state_ && state_->pid > 0 && !state_->ended;
}

void Child::kill(int signal) {
  if (!state_ || state_->ended) return;
  if (const auto link = state_->link.lock()) link->kill(state_->id, signal);
}

Keeper::Keeper(boost::asio::io_context& loop, std::filesystem::path program, int held)
    : loop_(loop), program_(std::move(program)), held_(held) {}

Result<std::unique_ptr<Keeper>> Keeper::start(boost::asio::io_context& loop,
                                              std::filesystem::path program, int held) {
  std::unique_ptr<Keeper> keeper(new Keeper(loop, std::move(program), held));
  if (auto connected = keeper->connect(); !connected) return connected.error();
  return keeper;
}

Keeper::~Keeper() {
  if (link_ && !stopped_) link_->stop_and_wait();
}

Result<void> Keeper::connect() {
  if (stopped_)
    return Error(Status::gave_up, "the engine is stopping; nothing is started any more");
  if (link_ && !link_->lost()) return {};
  auto link = Link::start(loop_, program_, held_);
  if (!link) return link.error();
  link_ = std::move(*link);
  return {};
}

Child Keeper::launch(Launch what, ChildEvents events) {
  auto child = std::make_shared<Child::State>(loop_, next_id_++, std::move(events));
  if (const auto connected = connect(); connected) {
    link_->launch(child, std::move(what));
  } else {
    boost::asio::post(loop_, [child, reason = std::string(connected.error().what())] {
      if (std::exchange(child->ended, true)) return;
      const auto told = std::exchange(child->events, {});
      if (told.failed) told.failed(reason);
    });
  }
  return Child(std::move(child));
}

void Keeper::stop(std::function<void()> done) {
  stopped_ = true;
  if (link_) {
    link_->stop(std::move(done));
  } else {
    boost::asio::post(loop_, std::move(done));
  }
}

pid_t Keeper::pid() const {
  return link_ && !link_->lost() ? link_->pid() : 0;
}

}  // namespace penstock
