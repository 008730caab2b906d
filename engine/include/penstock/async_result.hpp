// The result of a call that may still be under way. Copies are handles of the same call; get() may
// be called often and from any thread. A thread that waits helps the engine along meanwhile. A
// result that nobody holds any more, and that no callback wants, is dropped when it comes.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <span>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "penstock/call.hpp"

namespace penstock {

// Whether a call that already runs is ended, too, by ending the process that it runs in.
enum class Cancel { pending, running };

template <class R>
class AsyncResult {
 public:
  using Decode = R (*)(Bytes);

  AsyncResult() = default;  // of no call
  explicit AsyncResult(calls::CallRef from, Decode read = &calls::result_of<R>)
      : call_(std::move(from)), decode_(read) {}

  bool valid() const { return call_ != nullptr; }
  bool ready() const { return call_->ready(); }
  // Of one that is ready: whether it has a value. Throws std::logic_error if it is not.
  bool successful() const {
    if (!ready()) throw std::logic_error("the call is not ready: wait() for it first");
    return call_->error() == nullptr;
  }
  bool cancelled() const {
    return ready() && call_->error() != nullptr &&
           call_->error()->kind() == TaskError::Kind::cancelled;
  }

  void wait() const { call_->wait(calls::Time::max()); }
  bool wait_for(std::chrono::nanoseconds timeout) const {
    return call_->wait(calls::until(timeout));
  }
  bool wait_until(calls::Time time) const { return call_->wait(time); }

  // The value. Throws the call's TaskError; the second form TimeoutError as well.
  R get() const {
    wait();
    if (const TaskError* error = call_->error()) throw TaskError(*error);
    return decode_(call_->value());
  }
  R get(std::chrono::nanoseconds timeout) const {
    if (!wait_for(timeout)) throw TimeoutError();
    return get();
  }
  // Null: it has a value. Waits.
  const TaskError* error() const {
    wait();
    return call_->error();
  }

  // A call that has not begun is not run; it is ready at once, with an error of kind `cancelled`.
  // False: it is too late for that.
  bool cancel(Cancel which = Cancel::pending) { return call_->cancel(which == Cancel::running); }

  // Called on the callbacks' thread when the call is ready, at once if it is.
  template <std::invocable<AsyncResult> F>
  void then(F callback) {
    call_->then([call = std::weak_ptr(call_), decode = decode_,
                 callback = std::move(callback)](const calls::Call&) mutable {
      if (auto still = call.lock()) callback(AsyncResult(std::move(still), decode));
    });
  }

  const calls::CallRef& call() const { return call_; }
  Decode decode() const { return decode_; }

 private:
  calls::CallRef call_;
  Decode decode_ = nullptr;
};

// Which of several results to wait for.
enum class WaitFor { all, first, first_error };

namespace calls {

// True: `enough` of them are ready before that time.
bool wait_any(std::span<const CallRef> pending, WaitFor what, Time until);

template <class R>
std::vector<CallRef> calls_of(std::span<const AsyncResult<R>> results) {
  std::vector<CallRef> found;
  for (const AsyncResult<R>& result : results) found.push_back(result.call());
  return found;
}

}  // namespace calls

// Waits for results as WaitFor says. False: the time was over first.
template <class R>
bool wait(const std::vector<AsyncResult<R>>& results, WaitFor what = WaitFor::all) {
  return calls::wait_any(calls::calls_of(std::span(results)), what, calls::Time::max());
}
template <class R>
bool wait_for(const std::vector<AsyncResult<R>>& results, std::chrono::nanoseconds timeout,
              WaitFor what = WaitFor::all) {
  return calls::wait_any(calls::calls_of(std::span(results)), what, calls::until(timeout));
}

// The results one by one as they get ready, each call once, also where it is given several times:
// `for (AsyncResult<R>& r : as_completed(results))`.
template <class R>
class AsCompleted {
 public:
  AsCompleted(std::vector<AsyncResult<R>> results, calls::Time until)
      : left_(std::move(results)), until_(until) {
    std::unordered_set<const calls::Call*> seen;
    std::erase_if(left_, [&](const auto& one) { return !seen.insert(one.call().get()).second; });
  }

  class Iterator {
   public:
    using value_type = AsyncResult<R>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit Iterator(AsCompleted* owner) : owner_(owner) { ++*this; }
    AsyncResult<R>& operator*() const { return owner_->current_; }
    Iterator& operator++() {
      if (!owner_->advance()) owner_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return owner_ == nullptr; }

   private:
    AsCompleted* owner_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  // Throws TimeoutError.
  bool advance() {
    if (left_.empty()) return false;
    if (!calls::wait_any(calls::calls_of(std::span<const AsyncResult<R>>(left_)), WaitFor::first,
                         until_)) {
      throw TimeoutError();
    }
    const auto found = std::ranges::find_if(left_, [](const auto& one) { return one.ready(); });
    current_ = *found;
    left_.erase(found);
    return true;
  }

  std::vector<AsyncResult<R>> left_;
  AsyncResult<R> current_;
  calls::Time until_;
};

template <class R>
AsCompleted<R> as_completed(std::vector<AsyncResult<R>> results) {
  return AsCompleted<R>(std::move(results), calls::Time::max());
}
template <class R>
AsCompleted<R> as_completed(std::vector<AsyncResult<R>> results, std::chrono::nanoseconds timeout) {
  return AsCompleted<R>(std::move(results), calls::until(timeout));
}

}  // namespace penstock
