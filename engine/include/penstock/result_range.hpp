// The values of many calls as a range that is read once, while they come: what imap gives. Belongs
// to the thread that reads it; the range of arguments is read on that thread, too. Also here: how
// callbacks of a call are told apart by their types.
#pragma once

#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "penstock/async_result.hpp"

namespace penstock {

// What stands in for a void value: an element has been done.
struct Done {};

template <class R, class View>
class ResultRange {
 public:
  using Value = std::conditional_t<std::is_void_v<R>, Done, R>;

  ResultRange(std::unique_ptr<calls::Stream> stream, View arguments)
      : stream_(std::move(stream)), arguments_(std::move(arguments)) {}
  ResultRange(ResultRange&&) = default;
  ResultRange& operator=(ResultRange&&) = default;

  // Moves on when it is incremented. Throws TaskError for an element that has failed, or has no
  // value where one is wanted; the next increment goes on behind it.
  class Iterator {
   public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit Iterator(ResultRange& owner) : owner_(&owner) {}
    Value& operator*() const { return *owner_->current_; }
    Iterator& operator++() {
      owner_->advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return owner_->over_; }

   private:
    ResultRange* owner_;
  };

  Iterator begin() {
    if (!begun_) {
      next_ = std::ranges::begin(arguments_);
      begun_ = true;
      advance();
    }
    return Iterator(*this);
  }
  std::default_sentinel_t end() const { return {}; }

  // The next value, or nothing where that was the last: next() of a Python iterator.
  std::optional<Value> next() {
    if (!begun_) {
      begin();
    } else if (!over_) {
      advance();
    }
    return over_ ? std::nullopt : std::move(current_);
  }

 private:
  void advance() {
    for (;;) {
      sdk::Entry entry;
      if (entries_.next(entry)) {
        const bool missing = !std::is_void_v<R> && entry.kind == sdk::EntryKind::nothing;
        if (missing || entry.kind == sdk::EntryKind::failed) throw stream_->error_of(entry);
        take(entry);
        return;
      }
      feed();
      std::string_view parcel;
      over_ = !stream_->next(parcel);
      if (over_ && problem_) std::rethrow_exception(std::exchange(problem_, nullptr));
      if (over_) return;
      entries_ = sdk::ParcelReader(parcel);
    }
  }

  void take(const sdk::Entry& entry) {
    if constexpr (std::is_void_v<R>) {
      current_ = Done{};
    } else {
      current_ = calls::result_of<R>(as_bytes(entry.bytes));
    }
  }

  // What the range of arguments throws ends it, and is thrown behind the values before it.
  void feed() {
    if (ended_) return;
    try {
      std::size_t room = stream_->room();
      for (; room > 0 && *next_ != std::ranges::end(arguments_); --room, ++*next_) {
        stream_->give(calls::argument_of(**next_));
      }
      if (*next_ != std::ranges::end(arguments_)) return;
    } catch (...) {
      problem_ = std::current_exception();
    }
    stream_->end();
    ended_ = true;
  }

  std::unique_ptr<calls::Stream> stream_;
  View arguments_;
  std::optional<std::ranges::iterator_t<View>> next_;
  sdk::ParcelReader entries_{{}};
  std::optional<Value> current_;
  std::exception_ptr problem_;  // of the range of arguments
  bool begun_ = false;
  bool ended_ = false;
  bool over_ = false;
};

namespace calls {

// All values of a parcel in which none has failed and none is missing.
template <class R>
std::vector<R> all_of(Bytes parcel) {
  std::vector<R> values;
  sdk::ParcelReader entries(as_text(parcel));
  for (sdk::Entry entry; entries.next(entry);) {
    values.push_back(result_of<R>(as_bytes(entry.bytes)));
  }
  return values;
}

template <class F, class R>
constexpr bool takes_value() {
  if constexpr (std::is_void_v<R>) {
    return std::is_invocable_v<F>;
  } else {
    return std::is_invocable_v<F, R>;
  }
}

template <class F>
constexpr bool takes_error() {
  return std::is_invocable_v<F, const TaskError&>;
}

// A function: whatever else can be called with a value is no argument that a task takes.
template <class F, class R>
inline constexpr bool is_callback = takes_value<F, R>() || takes_error<F>();

template <class R, class... A>
constexpr std::size_t arguments_before_callbacks() {
  constexpr bool callbacks[] = {is_callback<A, R>..., false};
  std::size_t count = sizeof...(A);
  while (count > 0 && callbacks[count - 1]) --count;
  return count;
}

template <class F>
void give_error(F& callback, const TaskError& error) {
  if constexpr (takes_error<F>()) callback(error);
}

template <class F>
void give_end(F& callback) {
  if constexpr (takes_value<F, void>()) callback();
}

// The value of a call, or why it cannot be read.
template <class R>
class Arrived {
 public:
  Arrived(const Call& call, R (*decode)(Bytes)) {
    try {
      value_.emplace(decode(call.value()));
    } catch (const std::exception& problem) {
      error_.emplace(TaskError::Kind::failed, std::string(), std::string(),
                     std::vector<TaskError::Attempt>(),
                     std::string("what the task gave cannot be read: ") + problem.what());
    }
  }

  template <class F>
  void give(F& callback) {
    if (error_) {
      give_error(callback, *error_);
    } else if constexpr (takes_value<F, R>()) {
      if (value_) callback(std::move(*value_));
      value_.reset();
    }
  }

 private:
  std::optional<R> value_;
  std::optional<TaskError> error_;
};

// The first callback that takes a value has it.
template <class R, class... F>
void add_callbacks(const AsyncResult<R>& result, F&&... callbacks) {
  if constexpr (sizeof...(F) > 0) {
    result.call()->then([each = std::tuple<std::decay_t<F>...>(std::forward<F>(callbacks)...),
                         decode = result.decode()](const Call& call) mutable {
      std::apply(
          [&](auto&... callback) {
            if (const TaskError* error = call.error()) {
              (give_error(callback, *error), ...);
            } else if constexpr (std::is_void_v<R>) {
              (give_end(callback), ...);
            } else {
              Arrived<R> arrived(call, decode);
              (arrived.give(callback), ...);
            }
          },
          each);
    });
  }
}

}  // namespace calls
}  // namespace penstock
