// Texts with a value each, in memory of a fixed size that processes share: for counters, settings
// and small results that tasks of any stage look up.
//
//   penstock::SharedMap<std::int64_t> seen(1 << 20);       // room for 1 MiB of entries
//   seen.set("apple", 3);
//   if (auto count = seen.get("apple")) ...
//   seen.update("apple", [](std::int64_t& count) { ++count; });
//   seen.fetch_add("pear", 2);                             // from 0, if it was not there
//
// V is anything that may pass between tasks (codec.hpp), but no view. Each call is one step that
// nobody sees half done, and that a death in the middle leaves undone or done. Several steps that
// belong together take get_lock() around them; then everybody else waits, whatever they call.
//
// An entry takes the bytes of its key and value and 16 more, in steps of 8. When there is no room
// left, set() throws SyncError and changes nothing. For what has no bound, or should be reached
// from elsewhere, there is Manager with its Dict.
//
// Copies are handles of the same map. All functions may be called from any thread and process.
#pragma once

#include <penstock/memory.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace penstock PENSTOCK_HIDDEN {

template <class V>
class PENSTOCK_TYPE SharedMap : public DataLock {
  static_assert(!std::same_as<V, std::string_view> && !std::same_as<V, Bytes> &&
                    !std::same_as<V, Datum>,
                "penstock: what comes out of a map must own what it holds: use std::string, or "
                "std::vector<std::byte>");

 public:
  using mapped_type = V;
  using Argument = typename sdk::WireArgument<V>::type;  // std::string_view for std::string

  static constexpr penstock_object_kind kind = PENSTOCK_MAP;
  static std::string element() { return sdk::held_type("map", sdk::Wire<V>::type()); }

  SharedMap() : SharedMap(std::uint64_t{1} << 20) {}
  // Takes 2.5 times as much memory, at once.
  explicit SharedMap(std::uint64_t capacity)
      : DataLock(made([&] { return maps().create(capacity); })) {}
  explicit SharedMap(sdk::Object&& object) : DataLock(std::move(object)) {}
  // The one that stands under `shared` in the pipeline file.
  static SharedMap named(std::string_view name) { return SharedMap(sdk::named(name, kind)); }

  DataLock& get_lock() { return *this; }
  const DataLock& get_lock() const { return *this; }

  void set(std::string_view key, Argument value) const {
    std::string scratch;
    sdk::Wire<V>::encode(value, scratch, [&](Bytes bytes) {
      sdk::check(maps().set(handle(), text(key), {bytes.data(), bytes.size()}));
    });
  }
  // Nothing: there is no such key.
  std::optional<V> get(std::string_view key) const {
    penstock_bytes value{};
    if (!is_there(maps().get(handle(), text(key), &value))) return std::nullopt;
    return decoded(value);
  }
  V get(std::string_view key, const V& fallback) const { return get(key).value_or(fallback); }
  bool contains(std::string_view key) const {
    penstock_bytes value{};
    return is_there(maps().get(handle(), text(key), &value));
  }
  // False: there was no such key.
  bool erase(std::string_view key) const { return is_there(maps().erase(handle(), text(key))); }
  void clear() const { sdk::check(maps().clear(handle())); }

  // Calls change(V&) on the value, or on V() if there is none, and sets it, with the lock. Returns
  // the new value.
  template <class Change>
  V update(std::string_view key, Change change) const {
    const std::scoped_lock guard(get_lock());
    V value = get(key).value_or(V());
    change(value);
    set(key, value);
    return value;
  }
  // What was there before; 0 if there was nothing.
  V fetch_add(std::string_view key, V change) const requires(sdk::Number<V>) {
    return update(key, [&](V& value) { value += change; }) - change;
  }

  std::uint64_t size() const {
    std::uint64_t entries = 0;
    sdk::check(maps().count(handle(), &entries));
    return entries;
  }
  bool empty() const { return size() == 0; }

  // All that was there at one moment, in no order.
  std::vector<std::pair<std::string, V>> items() const {
    std::vector<std::pair<std::string, V>> all;
    each([&](std::string_view key, penstock_bytes value) {
      all.emplace_back(key, decoded(value));
    });
    return all;
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    each([&](std::string_view key, penstock_bytes) { all.emplace_back(key); });
    return all;
  }

 private:
  static const penstock_map_functions& maps() { return *sdk::sync().maps; }
  static penstock_text text(std::string_view key) { return {key.data(), key.size()}; }

  static bool is_there(std::int32_t result) {
    if (result == PENSTOCK_SYNC_ABSENT) return false;
    sdk::check(result);
    return true;
  }
  static V decoded(penstock_bytes value) {
    return sdk::Wire<V>::decode({static_cast<const std::byte*>(value.data), value.size});
  }

  // What `visit` throws comes out here, since it must not pass through C.
  template <class Visit>
  void each(Visit visit) const {
    struct Call {
      Visit& visit;
      std::exception_ptr thrown;
    } call{visit, nullptr};
    sdk::check(maps().each(
        handle(), &call, [](void* context, penstock_text key, penstock_bytes value) {
          auto& self = *static_cast<Call*>(context);
          if (self.thrown) return;
          try {
            self.visit(std::string_view(key.data, key.size), value);
          } catch (...) {
            self.thrown = std::current_exception();
          }
        }));
    if (call.thrown) std::rethrow_exception(call.thrown);
  }
};

}  // namespace penstock
