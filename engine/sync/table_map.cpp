// The maps' part of the C table.
#include <penstock/sync_data.h>

#include <string>
#include <string_view>

#include "sync/map.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

// A string of this capacity has its text where addresses are multiples of 16.
constexpr std::size_t kOnTheHeap = 32;

thread_local std::string last_value;

std::string_view view(penstock_text text) {
  return {text.data, text.size};
}

std::string_view view(penstock_bytes bytes) {
  return {static_cast<const char*>(bytes.data), bytes.size};
}

std::int32_t presence(const Result<bool>& there) {
  if (!there) return fail(there.error());
  return *there ? PENSTOCK_SYNC_OK : PENSTOCK_SYNC_ABSENT;
}

std::int32_t success(const Result<void>& done) {
  return done ? std::int32_t{PENSTOCK_SYNC_OK} : fail(done.error());
}

penstock_object* create(std::uint64_t capacity) {
  return guarded_handle([&] { return handle_of(Map::create(capacity)); });
}

std::int32_t set(penstock_object* map, penstock_text key, penstock_bytes value) {
  return guarded([&] { return success(native<Map>(map).set(view(key), view(value))); });
}

std::int32_t get(penstock_object* map, penstock_text key, penstock_bytes* value) {
  return guarded([&] {
    last_value.reserve(kOnTheHeap);
    const std::int32_t result = presence(native<Map>(map).get(view(key), last_value));
    *value = {last_value.data(), last_value.size()};
    return result;
  });
}

std::int32_t erase(penstock_object* map, penstock_text key) {
  return guarded([&] { return presence(native<Map>(map).erase(view(key))); });
}

std::int32_t clear(penstock_object* map) {
  return guarded([&] { return success(native<Map>(map).clear()); });
}

std::int32_t count(penstock_object* map, std::uint64_t* entries) {
  return guarded([&] {
    const auto size = native<Map>(map).size();
    if (!size) return fail(size.error());
    *entries = *size;
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

std::int32_t each(penstock_object* map, void* context,
                  void (*visit)(void*, penstock_text, penstock_bytes)) {
  return guarded([&] {
    const auto entries = native<Map>(map).entries();
    if (!entries) return fail(entries.error());
    std::string value;
    value.reserve(kOnTheHeap);
    for (const auto& [key, its_value] : *entries) {
      value = its_value;
      visit(context, {key.data(), key.size()}, {value.data(), value.size()});
    }
    return std::int32_t{PENSTOCK_SYNC_OK};
  });
}

}  // namespace

const penstock_map_functions map_functions = {
    sizeof(penstock_map_functions), 0, create, set, get, erase, clear, count, each,
};

}  // namespace penstock::sync
