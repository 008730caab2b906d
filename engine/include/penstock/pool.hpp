// A pool of processes that run tasks: functions of plugins, or of the program itself.
//
//   PENSTOCK_PLUGIN("app", "1.0.0", "") {
//     plugin.transform("square", "", [](std::int64_t x) { return x * x; });
//   }
//   int main(int argc, char** argv) {
//     penstock::worker_guard(argc, argv);
//     penstock::Pool pool({.processes = 3});
//     std::int64_t y = pool.apply<std::int64_t>("app.square", 5);
//   }
//
// A call gives one value, the R that is named; void where that is of no interest. Arguments are
// what tasks take: numbers, texts, structs with named fields, containers of these, and shared
// objects (Queue, Mutex, Connection, ...). Their types are held against what the task declares
// before anything runs: Error if they do not fit, or if there is no such task.
//
// A process that dies fails, or repeats, the call in its hands alone. The calls of one pool are an
// engine's run like that of a pipeline: nothing is lost or done twice, nothing waits for the dead.
//
// Threads: everything may be called from any thread, also from callbacks. Callbacks come on a
// thread of their own, one at a time, exactly one for each call however it ends.
//
// Leaving the scope closes the pool and waits for all calls; while an exception passes, it ends
// them instead (terminate).
#pragma once

#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "penstock/async_result.hpp"
#include "penstock/call.hpp"
#include "penstock/observer.hpp"
#include "penstock/result_range.hpp"
#include "penstock/worker_guard.hpp"

namespace penstock {

// A task that each process runs once before its first call: `.initializer = {"app.setup", 5}`. If
// it fails again and again, the pool ends with its text.
class Initializer {
 public:
  Initializer() = default;
  template <class... A>
  Initializer(std::string task, A&&... arguments)
      : task_(std::move(task)), argument_(calls::argument_of(std::forward<A>(arguments)...)) {}

  const std::string& task() const { return task_; }  // empty: none
  const calls::Argument& argument() const { return argument_; }

 private:
  std::string task_;
  calls::Argument argument_;
};

struct PoolOptions {
  unsigned processes = 0;  // at most; started when there are calls; 0: one a core
  Initializer initializer{};
  std::uint64_t recycle = 0;             // a process is replaced after so many calls; 0: never
  std::chrono::milliseconds timeout{0};  // of a call; 0: none
  unsigned attempts = 3;                 // of a call in all, where its process crashes
  std::size_t queue = 10'000;            // calls that wait before submitting blocks
  std::uint64_t memory = 0;              // private bytes of one process; 0: no limit
  std::uint64_t shared_memory = 0;       // bytes for what is passed; 0: half of the machine's
  std::chrono::milliseconds grace{500};  // between SIGTERM and SIGKILL, for a call out of time
  std::optional<int> nice{};
  std::vector<std::pair<std::string, std::string>> env{};  // added to the inherited one
  std::vector<std::string> plugin_path{};  // before PENSTOCK_PLUGIN_PATH and the usual folders
  Observer* observer = nullptr;            // of deaths and retries; outlives the pool
};

std::shared_ptr<calls::PoolCore> make_pool(const PoolOptions& options,
                                           const penstock_plugin_info* own);

class Pool {
 public:
  using Stats = calls::PoolCore::Stats;

  explicit Pool(const PoolOptions& options = {})
      : core_(make_pool(options, &penstock_plugin)), exceptions_(std::uncaught_exceptions()) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { std::uncaught_exceptions() > exceptions_ ? core_->terminate() : finish(); }

  // Runs the task and waits for its value. Throws TaskError.
  template <class R, class... A>
  R apply(std::string_view task, A&&... arguments) {
    return apply<R>(CallOptions{}, task, std::forward<A>(arguments)...);
  }
  template <class R, class... A>
  R apply(const CallOptions& options, std::string_view task, A&&... arguments) {
    return AsyncResult<R>(start<R>(options, true, task, std::forward<A>(arguments)...)).get();
  }

  // Goes on at once; blocks only while `queue` calls wait already, and never in a callback. One or
  // two callbacks may stand behind the arguments, and are known by their types: one that takes an R
  // (or nothing, where R is void) is called with the value, one that takes a const TaskError& with
  // what went wrong. What a callback throws is told on stderr and harms no other.
  template <class R, class... A>
  AsyncResult<R> apply_async(std::string_view task, A&&... arguments) {
    return apply_async<R>(CallOptions{}, task, std::forward<A>(arguments)...);
  }
  template <class R, class... A>
  AsyncResult<R> apply_async(const CallOptions& options, std::string_view task, A&&... arguments) {
    return start_with_callbacks<R>(options, true, task, std::forward<A>(arguments)...);
  }
  // The name that concurrent.futures has for it.
  template <class R, class... A>
  AsyncResult<R> submit(const CallOptions& options, std::string_view task, A&&... arguments) {
    return start_with_callbacks<R>(options, true, task, std::forward<A>(arguments)...);
  }
  template <class R, class... A>
  AsyncResult<R> submit(std::string_view task, A&&... arguments) {
    return submit<R>(CallOptions{}, task, std::forward<A>(arguments)...);
  }
  // Nothing, instead of blocking.
  template <class R, class... A>
  std::optional<AsyncResult<R>> try_apply_async(std::string_view task, A&&... arguments) {
    auto result =
        start_with_callbacks<R>(CallOptions{}, false, task, std::forward<A>(arguments)...);
    return result.valid() ? std::optional(std::move(result)) : std::nullopt;
  }

  // The task's value for each element of a range, in their order. An element that is a tuple is
  // several arguments. Many are given to a process at a time, as many as are worth it. The first
  // one that fails is thrown, and the rest is not run.
  template <class R, std::ranges::input_range Range>
  auto map(std::string_view task, Range&& range, const CallOptions& options = {}) {
    auto results = imap<R>(task, std::views::all(std::forward<Range>(range)), options);
    if constexpr (std::is_void_v<R>) {
      for (auto it = results.begin(); it != results.end(); ++it) {
      }
    } else {
      std::vector<R> values;
      if constexpr (std::ranges::sized_range<Range>) values.reserve(std::ranges::size(range));
      for (R& value : results) values.push_back(std::move(value));
      return values;
    }
  }
  template <class R, std::ranges::input_range Range>
  auto starmap(std::string_view task, Range&& range, const CallOptions& options = {}) {
    return map<R>(task, std::forward<Range>(range), options);
  }

  // The same without waiting: all elements are read at once. Callbacks as above.
  template <class R, std::ranges::input_range Range, class... Callbacks>
  AsyncResult<std::vector<R>> map_async(std::string_view task, Range&& range,
                                        Callbacks&&... callbacks) {
    using Element = std::ranges::range_value_t<Range>;
    auto stream = core_->stream(task, calls::argument_type<calls::Sent<Element>>(),
                                calls::result_type<R>(), {}, calls::Order::gathered);
    for (auto&& element : range) stream->give(calls::argument_of(element));
    AsyncResult<std::vector<R>> result(core_->gather(std::move(stream)), &calls::all_of<R>);
    calls::add_callbacks(result, std::forward<Callbacks>(callbacks)...);
    return result;
  }
  template <class R, std::ranges::input_range Range, class... Callbacks>
  AsyncResult<std::vector<R>> starmap_async(std::string_view task, Range&& range,
                                            Callbacks&&... callbacks) {
    return map_async<R>(task, std::forward<Range>(range), std::forward<Callbacks>(callbacks)...);
  }

  // The values as a range that is read while they come, in the order of the elements or as they get
  // ready. Elements are read as they are needed, a bounded number ahead (CallOptions::window), so
  // that the range may be endless; leaving the loop early drops what is under way. An element that
  // fails throws where its turn comes, and the range can be read on.
  template <class R, std::ranges::input_range Range>
  ResultRange<R, std::views::all_t<Range>> imap(std::string_view task, Range&& range,
                                                const CallOptions& options = {}) {
    return read<R>(task, std::forward<Range>(range), options, calls::Order::as_given);
  }
  template <class R, std::ranges::input_range Range>
  ResultRange<R, std::views::all_t<Range>> imap_unordered(std::string_view task, Range&& range,
                                                          const CallOptions& options = {}) {
    return read<R>(task, std::forward<Range>(range), options, calls::Order::as_ready);
  }

  // No more calls: submitting throws Error from now on.
  void close() { core_->close(); }
  // Waits until all calls have ended, their callbacks have returned, and the processes are gone.
  // Throws Error where the pool is neither closed nor terminated.
  void join() { core_->join(); }
  // False: the time was over first.
  bool join_for(std::chrono::nanoseconds timeout) {
    return core_->join_until(calls::until(timeout));
  }
  // Ends everything now: calls that have not ended are cancelled.
  void terminate() { core_->terminate(); }
  // As in concurrent.futures: close, then join if `wait`; `cancel` drops calls that have not begun.
  void shutdown(bool wait = true, bool cancel = false) { core_->shutdown(wait, cancel); }

  Stats stats() const { return core_->stats(); }

 private:
  template <class R, class... A>
  calls::CallRef start(const CallOptions& options, bool wait, std::string_view task,
                       A&&... arguments) {
    return core_->start(task, calls::argument_of(std::forward<A>(arguments)...),
                        calls::result_type<R>(), options, wait);
  }

  template <class R, class... A>
  AsyncResult<R> start_with_callbacks(const CallOptions& options, bool wait, std::string_view task,
                                      A&&... all) {
    constexpr std::size_t count = calls::arguments_before_callbacks<R, A...>();
    auto given = std::forward_as_tuple(std::forward<A>(all)...);
    return [&]<std::size_t... I, std::size_t... C>(std::index_sequence<I...>,
                                                   std::index_sequence<C...>) {
      AsyncResult<R> result(start<R>(options, wait, task, std::get<I>(std::move(given))...));
      if (result.valid()) calls::add_callbacks(result, std::get<count + C>(given)...);
      return result;
    }
    (std::make_index_sequence<count>{}, std::make_index_sequence<sizeof...(A) - count>{});
  }

  template <class R, class Range>
  ResultRange<R, std::views::all_t<Range>> read(std::string_view task, Range&& range,
                                                const CallOptions& options, calls::Order order) {
    using Element = std::ranges::range_value_t<Range>;
    return {core_->stream(task, calls::argument_type<calls::Sent<Element>>(),
                          calls::result_type<R>(), options, order),
            std::views::all(std::forward<Range>(range))};
  }

  void finish() noexcept;

  std::shared_ptr<calls::PoolCore> core_;
  int exceptions_;
};

inline void Pool::finish() noexcept {
  core_->close();
  core_->join();
}

}  // namespace penstock
