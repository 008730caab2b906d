#include "plugin/instance.hpp"

#include <stdexcept>
#include <string>

#include "catch.hpp"

using namespace penstock;

namespace {

// A host that writes down what it is told, and a task that does the same.
struct Record {
  std::string failure;
  std::string calls;
};

void fail(void* self, std::uint32_t, penstock_text text) {
  static_cast<Record*>(self)->failure = std::string(text.data, text.size);
}

Record& record_of(const penstock_host* host) {
  return *static_cast<Record*>(host->self);
}

int destroyed = 0;

std::string text_of(penstock_text text) {
  return std::string(text.data, text.size);
}

void* create(const void*, const penstock_host* host, const penstock_argument* arguments,
             std::size_t count) {
  std::string& calls = record_of(host).calls;
  for (std::size_t i = 0; i < count; ++i) {
    const penstock_argument& argument = arguments[i];
    calls += text_of(argument.name) + ":" + std::to_string(argument.kind);
    for (std::size_t k = 0; k < argument.count; ++k) {
      const penstock_scalar& value = argument.values[k];
      calls += " " + std::to_string(value.integer) + "/" +
               std::to_string(static_cast<int>(value.real)) + "/" + text_of(value.text);
    }
    calls += ";";
  }
  return host->self;
}

struct Task {
  Task() {
    host.size = sizeof host;
    host.self = &record;
    host.fail = fail;
    task.size = sizeof task;
    task.create = create;
    task.destroy = [](void*) { ++destroyed; };
    destroyed = 0;
  }

  Instance instance() { return *Instance::create(task, host, {}); }

  Record record;
  penstock_host host{};
  penstock_task task{};
};

}  // namespace

TEST_CASE("arguments arrive as they were given") {
  Task task;
  const std::vector<Argument> arguments{
      {"size", PENSTOCK_PARAM_SIZE, {{4096, 0, ""}}},
      {"names", PENSTOCK_PARAM_TEXT, {{0, 0, "a"}, {0, 0, ""}, {0, 0, "a long one, on the heap"}}},
      {"none", PENSTOCK_PARAM_FLOAT, {}}};
  REQUIRE(Instance::create(task.task, task.host, arguments));
  CHECK(task.record.calls ==
        "size:7 4096/0/;names:4 0/0/a 0/0/ 0/0/a long one, on the heap;none:3;");
  CHECK(destroyed == 1);
}

TEST_CASE("an instance that is not created is not destroyed") {
  Task task;
  SECTION("refused") {
    task.task.create = [](const void*, const penstock_host* host, const penstock_argument*,
                          std::size_t) -> void* {
      fail(host->self, PENSTOCK_FAIL_ERROR, {"no", 2});
      return nullptr;
    };
  }
  SECTION("thrown") {
    task.task.create = [](const void*, const penstock_host*, const penstock_argument*,
                          std::size_t) -> void* { throw std::runtime_error("no"); };
  }
  CHECK_FALSE(Instance::create(task.task, task.host, {}));
  CHECK(task.record.failure == "no");
  CHECK(destroyed == 0);
}

TEST_CASE("an instance is destroyed once, wherever it was moved to") {
  Task task;
  {
    auto first = task.instance();
    auto second = std::move(first);
    first = std::move(second);
    CHECK(destroyed == 0);
    first = task.instance();
    CHECK(destroyed == 1);
  }
  CHECK(destroyed == 2);
}

TEST_CASE("functions that a task does not have have nothing to do") {
  Task task;
  auto instance = task.instance();
  std::uint64_t held = 0;
  CHECK(instance.open({7, 0, 0}, "", held) == CallResult::ok);
  CHECK(held == 7);
  CHECK(instance.finish() == CallResult::ok);
  CHECK(instance.close() == CallResult::ok);
  CHECK_FALSE(instance.total());
}

TEST_CASE("results are what the task returns, and what it may return") {
  Task task;
  task.task.produce = [](void*, const penstock_host*, std::size_t want) {
    return static_cast<std::int32_t>(want);
  };
  auto instance = task.instance();
  CHECK(instance.produce(PENSTOCK_OK) == CallResult::ok);
  CHECK(instance.produce(PENSTOCK_FAILED) == CallResult::failed);
  CHECK(instance.produce(PENSTOCK_END) == CallResult::end);
  CHECK(task.record.failure.empty());
  CHECK(instance.produce(7) == CallResult::failed);
  CHECK(task.record.failure == "the task returned 7, which is no result");
  task.task.run = [](void*, const penstock_host*, const penstock_item*, std::size_t) {
    return std::int32_t{PENSTOCK_END};
  };
  CHECK(instance.run({}) == CallResult::failed);
  CHECK(task.record.failure == "the task returned 2, which is no result");
}

TEST_CASE("what a task throws is a failure with its text") {
  Task task;
  task.task.run = [](void*, const penstock_host*, const penstock_item* items,
                     std::size_t count) -> std::int32_t {
    if (count == 2) throw std::invalid_argument("two are too many");
    throw items;
  };
  auto instance = task.instance();
  const penstock_item items[2] = {};
  CHECK(instance.run(items) == CallResult::failed);
  CHECK(task.record.failure == "two are too many");
  CHECK(instance.run(std::span(items, 1)) == CallResult::failed);
  CHECK(task.record.failure == "something that is no std::exception was thrown");
}

TEST_CASE("snapshots, epochs and positions go through") {
  Task task;
  task.task.restore = [](void*, const penstock_host* host, penstock_bytes bytes) {
    record_of(host).calls +=
        "restore " + std::string(static_cast<const char*>(bytes.data), bytes.size) + ";";
    return std::int32_t{PENSTOCK_OK};
  };
  task.task.open = [](void*, const penstock_host* host, penstock_epoch last, penstock_bytes at,
                      std::uint64_t* held) {
    record_of(host).calls += "open " + std::to_string(last.number) + " " +
                             std::string(static_cast<const char*>(at.data), at.size) + ";";
    *held = last.number + 1;
    return std::int32_t{PENSTOCK_OK};
  };
  task.task.commit = [](void*, const penstock_host* host, penstock_epoch epoch) {
    record_of(host).calls += "commit " + std::to_string(epoch.number) + ";";
    return std::int32_t{PENSTOCK_OK};
  };
  task.task.total = [](void*, const penstock_host*) { return std::uint64_t{12}; };
  auto instance = task.instance();
  std::uint64_t held = 0;
  CHECK(instance.restore("state") == CallResult::ok);
  CHECK(instance.open({4, 0, 0}, "offset", held) == CallResult::ok);
  CHECK(held == 5);
  CHECK(instance.commit({6, PENSTOCK_EPOCH_LAST, 0}) == CallResult::ok);
  CHECK(instance.total() == 12u);
  CHECK(task.record.calls == "restore state;open 4 offset;commit 6;");
}
