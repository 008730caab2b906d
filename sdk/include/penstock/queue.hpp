// Python's Queue and JoinableQueue, between any number of processes and threads.
//
//   penstock::Queue<std::string> lines;          // grows with what lies in it
//   penstock::Queue<Job> jobs(100);              // at 100, put() waits
//
//   lines.put("hello");
//   std::string line = lines.get();
//   for (const Job& job : jobs) run(job);        // until somebody closes it and it is empty
//
// A queue is passed to tasks as an argument; copies are handles of the same one. T is anything that
// may pass between tasks (codec.hpp), but no view; numbers, text, bytes and packed structs travel
// as they are. A message can have any size up to what the queue may hold.
//
// What put() has returned from is there for everybody: no thread is at work behind the queue, and
// size() is exact. Messages come in the order in which they were put: a large one whose put()
// still waits for room can be overtaken by small ones of others. A process that is killed in the
// middle of put() has put its value or not, one killed in get() has taken one or not; nobody else
// notices.
//
// Differences from Python: close() closes the queue for all. Then put() throws Closed, and get()
// does so when everything has been taken. A queue without a bound still has one: it may take half
// of the machine's memory, then put() waits. put() of what cannot be put, for want of memory or
// because it is larger than the queue may be, throws SyncError and leaves the queue as it was.
//
// All functions may be called from any thread and process.
#pragma once

#include <penstock/sync_data.h>
#include <penstock/object.hpp>
#include <penstock/wire.hpp>

#include <iterator>
#include <optional>

namespace penstock PENSTOCK_HIDDEN {

template <class T>
class PENSTOCK_TYPE Queue : public sdk::Object {
  static_assert(!std::same_as<T, std::string_view> && !std::same_as<T, Bytes> &&
                    !std::same_as<T, Datum>,
                "penstock: what comes out of a queue must own what it holds: use std::string, or "
                "std::vector<std::byte>");

 public:
  using value_type = T;
  using Argument = typename sdk::WireArgument<T>::type;  // std::string_view for std::string

  static constexpr penstock_object_kind kind = PENSTOCK_QUEUE;
  static std::string element() { return sdk::held_type("queue", sdk::Wire<T>::type()); }

  Queue() : Queue(0) {}
  // At most `maxsize` values (0: any number) in at most `max_bytes` of memory (0: half of the
  // machine's, or of the control group's). It takes memory as it needs it and gives it back.
  explicit Queue(std::uint64_t maxsize, std::uint64_t max_bytes = 0)
      : Queue(maxsize, max_bytes, false) {}
  explicit Queue(sdk::Object&& object) : Object(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static Queue named(std::string_view name) { return Queue(sdk::named(name, kind)); }

  // Waits while the queue is full.
  void put(Argument value) const { put_within(sdk::forever, value); }
  // False: it was full for so long.
  bool put(Argument value, std::chrono::nanoseconds timeout) const {
    return put_within(sdk::nanoseconds(timeout), value);
  }
  bool try_put(Argument value) const { return put_within(0, value); }
  bool put_nowait(Argument value) const { return try_put(value); }

  // Waits while the queue is empty.
  T get() const { return *get_within(sdk::forever); }
  // Nothing: it was empty for so long.
  std::optional<T> get(std::chrono::nanoseconds timeout) const {
    return get_within(sdk::nanoseconds(timeout));
  }
  std::optional<T> try_get() const { return get_within(0); }
  std::optional<T> get_nowait() const { return try_get(); }

  void close() const { sdk::check(functions().close(handle())); }
  bool closed() const { return functions().is_closed(handle()) != 0; }

  std::uint64_t size() const { return functions().count(handle()); }
  std::uint64_t qsize() const { return size(); }
  std::uint64_t maxsize() const { return functions().limit(handle()); }  // 0: no bound
  bool empty() const { return size() == 0; }
  bool full() const { return maxsize() != 0 && size() >= maxsize(); }
  std::uint64_t memory() const { return functions().memory(handle()); }  // bytes that it takes now

  // Takes values until the queue is closed and empty. Several may do so, each gets some.
  class PENSTOCK_TYPE iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    explicit iterator(const Queue& queue) : queue_(&queue) { ++*this; }
    const T& operator*() const { return *value_; }
    iterator& operator++() {
      try {
        value_ = queue_->get();
      } catch (const Closed&) {
        value_.reset();
      }
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return !value_; }

   private:
    const Queue* queue_;
    std::optional<T> value_;
  };
  iterator begin() const { return iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 protected:
  Queue(std::uint64_t maxsize, std::uint64_t max_bytes, bool joinable)
      : Object(made([&] { return functions().create(maxsize, max_bytes, joinable ? 1 : 0); })) {}

  static const penstock_queue_functions& functions() { return *sdk::sync().queues; }

 private:
  static bool in_time(std::int32_t result) {
    if (result == PENSTOCK_SYNC_CLOSED) throw Closed("the queue is closed");
    return sdk::in_time(result);
  }

  bool put_within(std::int64_t timeout, Argument value) const {
    std::int32_t result = PENSTOCK_SYNC_OK;
    std::string scratch;
    sdk::Wire<T>::encode(value, scratch, [&](Bytes bytes) {
      result = functions().put(handle(), {bytes.data(), bytes.size()}, timeout);
    });
    return in_time(result);
  }

  std::optional<T> get_within(std::int64_t timeout) const {
    penstock_bytes message{};
    if (!in_time(functions().get(handle(), &message, timeout))) return std::nullopt;
    try {
      return sdk::Wire<T>::decode({static_cast<const std::byte*>(message.data), message.size});
    } catch (...) {
      functions().task_done(handle());  // who gets an exception has nothing to finish
      throw;
    }
  }
};

// A queue that knows what has been done with what was taken from it: each get() is followed by one
// task_done(), and join() waits until that holds for all that was put.
//
//   while (true) { run(jobs.get()); jobs.task_done(); }      // in the workers
//   jobs.join();                                              // where they come from
//
// What a process had taken when it died counts as finished, so that join() does not wait for ever
// as it does in Python; abandoned() says how many these were. Values that did not come through
// because get() threw are finished, too.
template <class T>
class PENSTOCK_TYPE JoinableQueue : public Queue<T> {
 public:
  // A joinable queue may be given where a task takes a plain one, but not the other way round.
  static std::string element() {
    std::string type = Queue<T>::element();
    type.insert(type.size() - 1, ",joinable:any");
    return type;
  }

  JoinableQueue() : JoinableQueue(0) {}
  explicit JoinableQueue(std::uint64_t maxsize, std::uint64_t max_bytes = 0)
      : Queue<T>(maxsize, max_bytes, true) {}
  explicit JoinableQueue(sdk::Object&& object) : Queue<T>(std::move(object)) {}
  static JoinableQueue named(std::string_view name) {
    return JoinableQueue(sdk::named(name, Queue<T>::kind));
  }

  // Throws SyncError if it is called more often than values were taken. Any process may say it; it
  // counts for those that this process has taken, then for those of others.
  void task_done() const { sdk::check(this->functions().task_done(this->handle())); }

  void join() const { sdk::check(this->functions().join(this->handle(), sdk::forever)); }
  // False: not within that time.
  bool join(std::chrono::nanoseconds timeout) const {
    return sdk::in_time(this->functions().join(this->handle(), sdk::nanoseconds(timeout)));
  }

  std::uint64_t abandoned() const {
    std::uint64_t count = 0;
    sdk::check(this->functions().abandoned(this->handle(), &count));
    return count;
  }
};

}  // namespace penstock
