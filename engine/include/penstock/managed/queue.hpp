// The queues of a manager, for processes that share no memory, or have no program in common; where
// they do, penstock::Queue is many times faster. The functions are the same as there.
//
//   penstock::managed::Queue<std::string> jobs = manager.queue<std::string>(100);
//   jobs.put("one");
//   std::string job = jobs.get();
//
// Values may be proxies, and a queue may itself be a value of a dict or a list. A process that dies
// while it waits, or before it has read what it was given, loses no value. After close(), put()
// throws Closed, and get() does so when everything has been taken.
//
// May be used by any thread of any process, and passed to tasks. Throws ManagerLost when the server
// has died, and ManagerError for all else.
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>

#include "penstock/managed/call.hpp"

namespace penstock::managed {

template <Owning T>
class Queue : public Proxied {
 public:
  using Proxied::Proxied;
  static constexpr std::string_view kind = "queue";
  static std::string element() { return sdk::Codec<T>::type(0); }

  using value_type = T;

  // Waits while the queue is full.
  void put(const T& value) const { call(Verb::queue_put).no_timeout().value(value).send(); }
  // False: it was full for so long.
  bool put(const T& value, std::chrono::nanoseconds timeout) const {
    return call(Verb::queue_put).timeout(timeout).value(value).send().flag();
  }
  bool try_put(const T& value) const { return put(value, std::chrono::nanoseconds(0)); }

  // Waits while the queue is empty.
  T get() const { return *taken(call(Verb::queue_get).no_timeout().send()); }
  // Nothing: it was empty for so long.
  std::optional<T> get(std::chrono::nanoseconds timeout) const {
    return taken(call(Verb::queue_get).timeout(timeout).send());
  }
  std::optional<T> try_get() const { return get(std::chrono::nanoseconds(0)); }

  void close() const { call(Verb::queue_close).send(); }
  bool closed() const { return state().closed; }
  std::uint64_t size() const { return state().size; }
  std::uint64_t qsize() const { return size(); }
  std::uint64_t maxsize() const { return state().maxsize; }  // 0: no bound
  bool empty() const { return size() == 0; }
  bool full() const {
    const State now = state();
    return now.maxsize != 0 && now.size >= now.maxsize;
  }

  // Takes values until the queue is closed and empty. Several may do so, each gets some.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    explicit iterator(Queue queue) : queue_(std::move(queue)) { ++*this; }
    const T& operator*() const { return *value_; }
    iterator& operator++() {
      try {
        value_ = queue_.get();
      } catch (const Closed&) {
        value_.reset();
      }
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return !value_; }

   private:
    Queue queue_;
    std::optional<T> value_;
  };
  iterator begin() const { return iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 protected:
  struct State {
    std::uint64_t size, maxsize;
    bool closed;
    std::uint64_t abandoned;
  };
  State state() const {
    Reply reply = call(Verb::queue_state).send();
    return {reply.natural(), reply.natural(), reply.flag(), reply.natural()};
  }

 private:
  static std::optional<T> taken(Reply reply) {
    if (!reply.flag()) return std::nullopt;
    return reply.value<T>();
  }
};

// A queue that knows what has been done with what was taken from it: each get() is followed by one
// task_done(), and join() waits until that holds for all that was put. What a process had taken
// when it died counts as done; abandoned() says how many these were.
template <Owning T>
class JoinableQueue : public Queue<T> {
 public:
  using Queue<T>::Queue;
  static constexpr std::string_view kind = "joinable_queue";

  // Throws ManagerError if it is called more often than values were taken.
  void task_done() const { this->call(Verb::queue_task_done).send(); }
  void join() const { this->call(Verb::queue_join).no_timeout().send(); }
  // False: not within that time.
  bool join(std::chrono::nanoseconds timeout) const {
    return this->call(Verb::queue_join).timeout(timeout).send().flag();
  }
  std::uint64_t abandoned() const { return this->state().abandoned; }
};

}  // namespace penstock::managed
