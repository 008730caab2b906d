// Waiting for several things at once, as Python's multiprocessing.connection.wait does: ends of
// pipes (whatever they carry), processes, and anything else that has a descriptor.
//
//   auto ready = penstock::wait({orders, answers, child}, 2s);
//   if (ready.has(orders)) take(orders.recv());
//   if (ready.has(child)) child.join();
//   if (ready.empty()) ...                                     // none, for two seconds
//
//   std::vector<penstock::Connection<Row>> readers;
//   for (auto* reader : penstock::wait(readers)) take(reader->recv());
//
// An end of a pipe is ready when its recv() has a message or the end of file to give; one that only
// sends, when nobody receives any more. What has sentinel() is ready when the process is over; what
// has fileno(), and a descriptor given as a number, when it is readable. Any thread; throws
// SyncError for an end that is closed.
#pragma once

#include <penstock/sync_connection.h>
#include <penstock/object.hpp>

#include <algorithm>
#include <initializer_list>
#include <ranges>
#include <span>
#include <type_traits>
#include <vector>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T>
concept PipeEnd = requires(const T& object) {
  requires T::kind == PENSTOCK_CONNECTION;
  { object.handle() } -> std::same_as<penstock_object*>;
  { object.closed() } -> std::same_as<bool>;
};
template <class T>
concept HasSentinel = requires(const T& object) {
  { object.sentinel() } -> std::convertible_to<int>;
};
template <class T>
concept HasFileno = requires(const T& object) {
  { object.fileno() } -> std::convertible_to<int>;
};

inline const penstock_connection_functions& connections() {
  return *sync().connections;
}

}  // namespace sdk

// One of the things that are waited for. It refers to the object it was made of.
class PENSTOCK_TYPE Waitable {
 public:
  Waitable(int descriptor)
      : waited_{nullptr, descriptor, 0} {}  // NOLINT: one may be passed as it is
  template <class T>
  requires sdk::PipeEnd<T> || sdk::HasSentinel<T> || sdk::HasFileno<T> Waitable(const T& object)
      : object_(&object) {  // NOLINT: the same
    if constexpr (sdk::PipeEnd<T>) {
      if (object.closed()) throw SyncError("an end that is waited for is closed");
      waited_.connection = object.handle();
    } else if constexpr (sdk::HasSentinel<T>) {
      waited_.descriptor = object.sentinel();
    } else {
      waited_.descriptor = object.fileno();
    }
  }

  template <class T>
  bool is(const T& object) const {
    if constexpr (std::is_convertible_v<T, int>) {
      return object_ == nullptr && waited_.descriptor == static_cast<int>(object);
    } else {
      return object_ == static_cast<const void*>(&object);
    }
  }
  const penstock_waitable& waited() const { return waited_; }

 private:
  const void* object_ = nullptr;  // null: a number
  penstock_waitable waited_{nullptr, -1, 0};
};

// Those that are ready, in the order in which they were given.
class PENSTOCK_TYPE Ready {
 public:
  Ready() = default;
  Ready(std::vector<Waitable> ready, std::vector<std::size_t> places)
      : ready_(std::move(ready)), places_(std::move(places)) {}

  bool empty() const { return ready_.empty(); }
  std::size_t size() const { return ready_.size(); }
  explicit operator bool() const { return !empty(); }

  // Whether the object, the very one that was given to wait(), is among them; or the descriptor.
  template <class T>
  bool has(const T& object) const {
    return std::any_of(ready_.begin(), ready_.end(),
                       [&](const Waitable& one) { return one.is(object); });
  }
  const std::vector<std::size_t>& places() const { return places_; }  // in what was given: 0, ...

 private:
  std::vector<Waitable> ready_;
  std::vector<std::size_t> places_;
};

namespace sdk {

inline Ready wait_within(std::span<const Waitable> all, std::int64_t timeout) {
  std::vector<penstock_waitable> list;
  for (const Waitable& one : all) list.push_back(one.waited());
  if (!in_time(connections().wait(list.data(), list.size(), timeout))) return {};
  std::vector<Waitable> ready;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i != list.size(); ++i) {
    if (list[i].ready == 0) continue;
    ready.push_back(all[i]);
    places.push_back(i);
  }
  return {std::move(ready), std::move(places)};
}

template <class R>
concept RangeOfWaitables =
    std::ranges::forward_range<R> && !std::same_as<std::ranges::range_value_t<R>, Waitable> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<R>> &&
    std::convertible_to<std::ranges::range_reference_t<R>, Waitable>;

template <class R>
auto wait_for_elements(R& all, std::int64_t timeout) {
  const std::vector<Waitable> list(std::ranges::begin(all), std::ranges::end(all));
  std::vector<std::remove_reference_t<std::ranges::range_reference_t<R>>*> ready;
  const Ready found = wait_within(list, timeout);
  auto place = found.places().begin();
  std::size_t at = 0;
  for (auto& element : all) {
    if (place == found.places().end() || *place != at++) continue;
    ready.push_back(&element);
    ++place;
  }
  return ready;
}

}  // namespace sdk

// Returns when at least one is ready. With nothing to wait for it does not wait.
inline Ready wait(std::span<const Waitable> all) {
  return sdk::wait_within(all, sdk::forever);
}
inline Ready wait(std::initializer_list<Waitable> all) {
  return sdk::wait_within({all.begin(), all.size()}, sdk::forever);
}
// Empty: none was for so long.
template <class Rep, class Period>
Ready wait(std::span<const Waitable> all, std::chrono::duration<Rep, Period> timeout) {
  return sdk::wait_within(all, sdk::nanoseconds(timeout));
}
template <class Rep, class Period>
Ready wait(std::initializer_list<Waitable> all, std::chrono::duration<Rep, Period> timeout) {
  return sdk::wait_within({all.begin(), all.size()}, sdk::nanoseconds(timeout));
}

// The same for the elements of a container; gives pointers to those that are ready.
template <sdk::RangeOfWaitables R>
auto wait(R& all) {
  return sdk::wait_for_elements(all, sdk::forever);
}
template <sdk::RangeOfWaitables R, class Rep, class Period>
auto wait(R& all, std::chrono::duration<Rep, Period> timeout) {
  return sdk::wait_for_elements(all, sdk::nanoseconds(timeout));
}

}  // namespace penstock
