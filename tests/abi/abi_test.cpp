// Plugins as the engine meets them: opened by path, known by one symbol, driven through their
// tables.
#include <dlfcn.h>
#include <penstock/testing.hpp>

#include <memory>

#include "catch.hpp"

using namespace penstock;

namespace {

// A plugin for as long as this object lives.
class Library {
 public:
  explicit Library(const char* path) : handle_(dlopen(path, RTLD_NOW | RTLD_LOCAL), dlclose) {
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
  }

  const penstock_plugin_info& info() const {
    const void* symbol = dlsym(handle_.get(), PENSTOCK_SYMBOL);
    if (symbol == nullptr) throw std::runtime_error(dlerror());
    return *static_cast<const penstock_plugin_info*>(symbol);
  }

  const penstock_table& table() const {
    penstock_text error{};
    const penstock_table* table = info().describe(&error);
    if (table == nullptr) throw std::runtime_error(std::string(error.data, error.size));
    return *table;
  }

 private:
  std::unique_ptr<void, int (*)(void*)> handle_;
};

std::string text(penstock_text text) {
  return {text.data, text.size};
}

}  // namespace

TEST_CASE("a plugin in plain C is described by its tables") {
  const Library numbers(NUMBERS_PLUGIN);
  CHECK(numbers.info().magic == PENSTOCK_MAGIC);
  CHECK(numbers.info().abi_major == PENSTOCK_ABI_MAJOR);
  CHECK(text(numbers.info().name) == "numbers");
  CHECK(numbers.table().task_count == 2);
}

TEST_CASE("a source in plain C produces, ends, and goes on from a snapshot") {
  const Library numbers(NUMBERS_PLUGIN);
  Rig first(numbers.table(), "count", {{"end", "5"}});
  CHECK(first.total() == 5);
  CHECK(first.open());
  CHECK(first.produce(2));
  CHECK(first.emitted<int>() == std::vector<int>{0, 1});
  CHECK(first.snapshot());

  Rig second(numbers.table(), "count", {{"end", "5"}});
  CHECK(second.restore(first.answer()));
  CHECK(second.drain());
  CHECK(second.emitted<int>() == std::vector<int>{2, 3, 4});

  Rig third(numbers.table(), "count");
  CHECK_FALSE(third.restore(Snapshot("abc")));
  CHECK(third.failure()->text == "the snapshot is of another size");
}

TEST_CASE("a transform in plain C emits, passes on and fails") {
  const Library numbers(NUMBERS_PLUGIN);
  Rig rig(numbers.table(), "halve");
  const std::array values{4, 5, 6};
  CHECK(rig.run_batch(std::span(values)));
  CHECK(rig.emitted<int>() == std::vector<int>{2, 3});
  CHECK(rig.emitted<int>("odd") == std::vector<int>{5});
  CHECK(rig.emissions()[1].way == Rig::Way::passed_on);
  CHECK_FALSE(rig.run(-1));
  CHECK(rig.failure()->text == "a negative number is not halved");
}

TEST_CASE("the three-line plugin, built by the one command") {
  for (const char* path : {SQUARE_PLUGIN, SQUARE_HIDDEN_PLUGIN}) {
    CAPTURE(path);
    const Library math(path);
    CHECK(text(math.info().name) == "math");
    CHECK(text(math.info().about) == "arithmetic for everyone");
    Rig rig(math.table(), "square");
    CHECK(rig.run(12));
    CHECK(rig.emitted<std::int64_t>() == std::vector<std::int64_t>{144});
  }
}

TEST_CASE("two plugins in one process share nothing") {
  const Library one(SQUARE_PLUGIN);
  const Library other(SQUARE_HIDDEN_PLUGIN);
  CHECK(&one.table() != &other.table());
}
