// A call of a task on its way between the types of a program and the engine: what Pool, Process and
// AsyncResult are made of. Programs use those; here are the options of a call, and below them the
// inner side: how arguments become bytes, and what the engine offers for them.
#pragma once

#include <penstock/object.hpp>
#include <penstock/parcel.hpp>
#include <penstock/wire.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "penstock/task_error.hpp"

namespace penstock {

// For one call, in place of what the pool says. Given before the task's name.
struct CallOptions {
  std::chrono::milliseconds timeout{0};  // 0: the pool's
  unsigned attempts = 0;                 // in all, where its process crashes; 0: the pool's
  int priority = 0;                      // of the calls that wait, the highest goes first
  std::size_t chunk = 0;                 // map and its kin: values given at a time; 0: by itself
  std::size_t window = 0;                // imap and its kin: values under way; 0: by itself
  std::map<std::string, std::string> with{};  // parameters of the task, as in a pipeline file
};

namespace calls {

using Time = std::chrono::steady_clock::time_point;

// One value as it travels, with the shared objects that it names.
struct Argument {
  const std::string* type = nullptr;  // in the grammar of <penstock/plugin.h>
  std::string bytes;
  std::shared_ptr<const void> objects;
};

// Runs `write`, and gives back the shared objects that it has written into a value; may be null.
std::shared_ptr<const void> with_objects(const std::function<void()>& write);

class Call {
 public:
  virtual ~Call() = default;

  virtual bool ready() const = 0;
  // True: it is ready before that time.
  virtual bool wait(Time until) const = 0;
  // Of one that is ready: what the task gave, at a multiple of 16; why there is none (null: there
  // is). They live as long as the call.
  virtual Bytes value() const = 0;
  virtual const TaskError* error() const = 0;
  // True: it is or will be cancelled. `running`: even if that ends the process that runs it.
  virtual bool cancel(bool running) = 0;
  // On the callbacks' thread, when it is ready.
  virtual void then(std::function<void(const Call&)> callback) = 0;
};
using CallRef = std::shared_ptr<Call>;

// In which results are read.
enum class Order { as_given, as_ready, gathered };  // gathered: all at once, by PoolCore::gather()

// Many calls of one task, of which only so many are under way at a time. For one thread.
class Stream {
 public:
  virtual ~Stream() = default;

  virtual std::size_t room() const = 0;  // arguments that may be given before results are taken
  virtual void give(Argument argument) = 0;
  virtual void end() = 0;  // there are no more
  // The next results as a parcel that lives until the next call: of as many arguments, in their
  // order or as they come. False: that was all.
  virtual bool next(std::string_view& parcel) = 0;
  // Of an entry that failed, or has no value where one is wanted: with all that is known.
  virtual TaskError error_of(const sdk::Entry& entry) const = 0;
};

class PoolCore {
 public:
  struct Stats {
    std::size_t calls = 0;     // that were taken
    std::size_t done = 0;      // of these
    std::size_t failed = 0;    // likewise, in whatever way
    std::size_t retried = 0;   // attempts beyond the first
    std::size_t restarts = 0;  // workers that took the place of one that died
    std::size_t workers = 0;   // processes now
    double busy = 0;           // share of their time that the workers spent in calls, 0 to 1
  };

  virtual ~PoolCore() = default;

  // Null: there is no room, and `wait` says not to wait for it. `result`: the type that is wanted;
  // empty: none.
  virtual CallRef start(std::string_view task, Argument argument, const std::string& result,
                        const CallOptions& options, bool wait) = 0;
  virtual std::unique_ptr<Stream> stream(std::string_view task, const std::string& argument,
                                         const std::string& result, const CallOptions& options,
                                         Order order) = 0;
  // All of a stream's results as one call, whose value is the parcel of them.
  virtual CallRef gather(std::unique_ptr<Stream> stream) = 0;

  virtual void close() = 0;
  virtual void join() = 0;
  virtual bool join_until(Time until) = 0;
  virtual void terminate() = 0;
  virtual void shutdown(bool wait, bool cancel) = 0;
  virtual Stats stats() const = 0;
};

// How an argument is sent: texts as views, everything else as it is.
template <class T>
struct SentAs {
  using type = T;
};
template <class T>
requires std::convertible_to<const T&, std::string_view> &&
    (!std::same_as<T, std::string>)struct SentAs<T> {
  using type = std::string_view;
};
template <class T>
using Sent = typename SentAs<std::remove_cvref_t<T>>::type;

// Values that can name no shared object.
template <class T>
inline constexpr bool is_plain =
    sdk::Number<T> || sdk::Packed<T> || sdk::NamedEnum<T> || std::same_as<T, bool> ||
    std::same_as<T, std::string> || std::same_as<T, std::string_view> || std::same_as<T, Bytes> ||
    std::same_as<T, std::vector<std::byte>>;

// None: null; one: itself; several: a tuple, as the parameters of a task's function are.
template <class... A>
const std::string& argument_type() {
  static const std::string type = [] {
    if constexpr (sizeof...(A) == 0) {
      return std::string("null");
    } else if constexpr (sizeof...(A) == 1) {
      return sdk::Wire<A...>::type();
    } else {
      return sdk::Codec<std::tuple<A...>>::type(0);
    }
  }();
  return type;
}

// An end of a pipe is given away with the call that takes it: nobody keeps it open by mistake.
template <class T>
void give_away(T&& value) {
  using Plain = std::remove_cvref_t<T>;
  if constexpr (sdk::SharedObject<Plain> && !std::copy_constructible<Plain>) {
    static_assert(!std::is_lvalue_reference_v<T>,
                  "penstock: an end of a pipe is moved into a call: std::move(connection)");
    const Plain gone = std::move(value);
  }
}

template <class... A>
Argument argument_of(A&&... values) {
  Argument argument;
  argument.type = &argument_type<Sent<A>...>();
  if constexpr (sizeof...(A) == 1) {
    const auto write = [&] {
      std::string scratch;
      (sdk::Wire<Sent<A>>::encode(values, scratch,
                                  [&](Bytes bytes) {
                                    if (bytes.data() == as_bytes(scratch).data()) {
                                      argument.bytes = std::move(scratch);
                                    } else {
                                      argument.bytes = as_text(bytes);
                                    }
                                  }),
       ...);
    };
    if constexpr ((is_plain<Sent<A>> && ...)) {
      write();
    } else {
      argument.objects = with_objects(write);
    }
  } else if constexpr (sizeof...(A) > 1) {
    argument.objects = with_objects([&] {
      CborWriter writer(argument.bytes);
      writer.list(sizeof...(A));
      (sdk::Codec<Sent<A>>::write(writer, values), ...);
    });
  }
  (give_away(std::forward<A>(values)), ...);
  return argument;
}

// The type of a result R, and R out of its bytes.
template <class R>
const std::string& result_type() {
  static const std::string type = [] {
    if constexpr (std::is_void_v<R>) {
      return std::string();
    } else {
      return sdk::Wire<R>::type();
    }
  }();
  return type;
}

template <class R>
R result_of(Bytes bytes) {
  static_assert(std::same_as<R, std::remove_cvref_t<R>> && !std::is_pointer_v<R>,
                "penstock: a result is a value");
  static_assert(!std::same_as<R, std::string_view> && !std::same_as<R, Bytes>,
                "penstock: the result of a call outlives it: take std::string or "
                "std::vector<std::byte>");
  if constexpr (!std::is_void_v<R>) return sdk::Wire<R>::decode(bytes);
}

// A time-out from now on; negative ones have passed.
inline Time until(std::chrono::nanoseconds timeout) {
  const Time now = std::chrono::steady_clock::now();
  return timeout > Time::max() - now ? Time::max()
                                     : now + std::chrono::duration_cast<Time::duration>(timeout);
}

}  // namespace calls
}  // namespace penstock
