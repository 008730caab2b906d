// Tasks that take several items at once: whose account an output is in, keys, and what is copied.
#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

constexpr std::size_t all = PENSTOCK_ALL_ITEMS;
using Items = std::vector<std::size_t>;
using Texts = std::vector<std::string>;

constexpr std::array<std::string_view, 4> lines{"one", "", "three", "four"};

struct Parts {  // the lines that are not empty, and how many there are
  void run(std::span<const std::string_view> batch, Emit<std::string_view>& out, Context& context) {
    for (std::size_t i = 0; i != batch.size(); ++i) {
      const auto mine = out.of(i);
      if (batch[i].empty()) {
        mine.to("rejects")(context.item_id());
      } else {
        mine(batch[i], batch[i].substr(0, 1));
      }
    }
    out.to<std::size_t>("sizes")(batch.size());
  }
};

void add_parts(Plugin& plugin) {
  plugin.transform<Parts>("parts", "")
      .output<std::string_view>("rejects", "")
      .output<std::size_t>("sizes", "");
}

}  // namespace

TEST_CASE("what is emitted of an item is in that item's account") {
  Plugin plugin;
  add_parts(plugin);
  CHECK(plugin.table().tasks[0].flags == PENSTOCK_TAKES_BATCH);
  CHECK(plugin.table().tasks[0].outputs[0].flags == 0);
  Rig rig(plugin, "parts");
  CHECK(rig.run_batch(std::span(lines)));
  CHECK(rig.emitted<std::string>() == Texts{"one", "three", "four"});
  CHECK(rig.made_from() == Items{0, 2, 3});
  CHECK(rig.keys() == Texts{"o", "t", "f"});
  CHECK(rig.made_from("rejects") == Items{1});
  CHECK(rig.emitted<int>("sizes") == std::vector<int>{4});
  CHECK(rig.made_from("sizes") == Items{all});
}

TEST_CASE("each call begins anew") {
  Plugin plugin;
  add_parts(plugin);
  plugin.transform("last", "", [](std::span<const int> batch, Emit<int>& out) {
    out(-1);
    out.of(batch.size() - 1)(batch.back());
  });
  Rig rig(plugin, "last");
  const std::array numbers{5, 6};
  CHECK(rig.run_batch(std::span(numbers)));
  CHECK(rig.run(7));
  CHECK(rig.emitted<int>() == std::vector<int>{-1, 6, -1, 7});
  CHECK(rig.made_from() == Items{all, 1, all, 0});
}

TEST_CASE("a function that returns a vector gives a value for each item") {
  Plugin plugin;
  plugin.transform("sizes", "", [](std::span<const std::string_view> batch) {
    std::vector<std::size_t> sizes;
    for (const std::string_view line : batch) sizes.push_back(line.size());
    return sizes;
  });
  plugin.transform("tails", "", [](std::span<const std::string_view> batch, Context&) {
    std::vector<std::optional<std::string_view>> tails(batch.size());
    for (std::size_t i = 0; i != batch.size(); ++i) {
      if (!batch[i].empty()) tails[i] = batch[i].substr(1);
    }
    return tails;
  });
  plugin.transform("empty", "", [](std::span<const std::string_view> batch) {
    std::vector<bool> empty;
    for (const std::string_view line : batch) empty.push_back(line.empty());
    return empty;
  });
  const penstock_task* tasks = plugin.table().tasks;
  CHECK(std::string_view(tasks[0].outputs[0].type.data, tasks[0].outputs[0].type.size) == "int");
  CHECK(tasks[0].outputs[0].flags == PENSTOCK_PORT_KEYLESS);

  Rig sizes(plugin, "sizes");
  CHECK(sizes.run_batch(std::span(lines)));
  CHECK(sizes.emitted<int>() == std::vector<int>{3, 0, 5, 4});
  CHECK(sizes.made_from() == Items{0, 1, 2, 3});

  Rig tails(plugin, "tails");
  CHECK(tails.run_batch(std::span(lines)));
  CHECK(tails.emitted<std::string>() == Texts{"ne", "hree", "our"});
  CHECK(tails.made_from() == Items{0, 2, 3});
  CHECK(tails.ways() == std::vector(3, Rig::Way::passed_on));

  Rig empty(plugin, "empty");
  CHECK(empty.run_batch(std::span(lines)));
  CHECK(empty.emitted<bool>() == std::vector<bool>{false, true, false, false});
}

TEST_CASE("one value for a whole batch is made from all of it") {
  Plugin plugin;
  plugin.transform("joined", "", [](std::span<const std::string_view> batch) {
    std::vector<std::byte> bytes;
    for (const std::string_view line : batch) {
      bytes.insert(bytes.end(), as_bytes(line).begin(), as_bytes(line).end());
    }
    return bytes;
  });
  Rig rig(plugin, "joined");
  CHECK(rig.run_batch(std::span(lines)));
  CHECK(as_text(rig.emissions().front().value()) == "onethreefour");
  CHECK(rig.made_from() == Items{all});
}

TEST_CASE("another number of values than items is a failure, before anything is emitted") {
  Plugin plugin;
  plugin.transform("one", "", [](std::span<const int>) { return std::vector<int>{1}; });
  Rig rig(plugin, "one");
  const std::array numbers{1, 2, 3};
  CHECK_FALSE(rig.run_batch(std::span(numbers)));
  CHECK(rig.failure()->text == "the task returned 1 values for 3 items");
  CHECK(rig.emissions().empty());
}

TEST_CASE("keys and attempts of the items of a batch") {
  Plugin plugin;
  plugin.transform("keys", "", [](std::span<const int> batch, Emit<std::string>& out, Context& c) {
    for (std::size_t i = 0; i != batch.size(); ++i) {
      out.of(i)(std::string(as_text(c.key(i))) + std::to_string(c.attempt(i)));
    }
    out.of(batch.size())("beyond");
  });
  plugin.stateful("single", "", [](int, Emit<std::string>& out, Context& c) {
    out(std::to_string(c.items()) + std::string(as_text(c.key())));
    out.of(0)("own");
    c.attempt(1);
  });
  Rig rig(plugin, "keys");
  rig.give_key("k");
  rig.give_attempt(2);
  const std::array numbers{1, 2};
  CHECK_FALSE(rig.run_batch(std::span(numbers)));
  CHECK(rig.emitted<std::string>() == Texts{"k2", "k2"});
  CHECK(rig.failure()->text == "there is no item 2 in a call with 2");
  Rig single(plugin, "single");
  CHECK_FALSE(single.run(1));
  CHECK(single.emitted<std::string>() == Texts{"1", "own"});
  CHECK(single.failure()->text == "there is no item 1 in a call with 1");
}

TEST_CASE("parts of the input and of a loan go on without a copy, wherever they go") {
  Plugin plugin;
  plugin
      .transform("parts", "",
                 [](std::span<const std::string_view> batch, Emit<std::string_view>& out,
                    Context& context) {
                   out.of(2).to("rejects")(batch[2].substr(1), "key");
                   out.of(0)(batch[0], 7);
                   const std::span<std::byte> block = context.loan(64);
                   std::memcpy(block.data(), "loaned", 6);
                   out.of(3).to("rejects")(as_text(block.first(6)), "key");
                   out.of(1)(std::string("copied"));
                 })
      .output<std::string_view>("rejects", "");
  Rig rig(plugin, "parts");
  CHECK(rig.run_batch(std::span(lines)));
  using Way = Rig::Way;
  CHECK(rig.ways("rejects") == std::vector{Way::passed_on, Way::loaned});
  CHECK(rig.ways() == std::vector{Way::passed_on, Way::copied});
  CHECK(rig.emitted<std::string>("rejects") == Texts{"hree", "loaned"});
  CHECK(rig.keys("rejects") == Texts{"key", "key"});
  CHECK(rig.made_from("rejects") == Items{2, 3});
}

TEST_CASE("a worker that does not know of made_from is never asked") {
  Plugin plugin;
  plugin.transform("one", "", [](std::span<const int> batch, Emit<int>& out) {
    for (std::size_t i = 0; i != batch.size(); ++i) out.of(i)(batch[i]);
  });
  const penstock_task& task = plugin.table().tasks[0];
  int emitted = 0;
  penstock_host host{};
  host.size = offsetof(penstock_host, made_from);
  host.self = &emitted;
  host.emit = [](void* self, std::uint32_t, penstock_bytes, penstock_bytes) -> std::int32_t {
    ++*static_cast<int*>(self);
    return PENSTOCK_OK;
  };
  host.made_from = [](void*, std::size_t) { std::abort(); };
  host.extension = [](void*, penstock_text) -> const void* { return nullptr; };
  void* instance = task.create(task.self, &host, nullptr, 0);
  const std::int64_t number = 1;
  const penstock_item items[2] = {{{&number, 8}, {}, 0, 1}, {{&number, 8}, {}, 0, 1}};
  CHECK(task.run(instance, &host, items, 2) == PENSTOCK_OK);
  CHECK(emitted == 2);
  task.destroy(instance);
}

TEST_CASE("only outputs on which no key can come are said to have none") {
  struct Returns {
    int run(int x) { return x; }
    void finish() {}
  };
  struct Finishes {
    int run(int x) { return x; }
    void finish(Emit<int>& out) { out(1, "key"); }
  };
  Plugin plugin;
  plugin.transform("returns", "", [](int x) { return x; });
  plugin.transform("emits", "", [](int x, Emit<int>& out) { out(x); });
  plugin.source("source", "", [](std::size_t, Emit<int>&) { return false; });
  plugin.stateful<Returns>("returns_too", "");
  plugin.stateful<Finishes>("finishes", "");
  plugin.transform("two", "", [](int x) { return x; }).output<int>("rejects", "");
  const penstock_task* tasks = plugin.table().tasks;
  const std::uint32_t keyless = PENSTOCK_PORT_KEYLESS;
  CHECK(tasks[0].outputs[0].flags == keyless);
  CHECK(tasks[1].outputs[0].flags == 0);
  CHECK(tasks[2].outputs[0].flags == 0);
  CHECK(tasks[3].outputs[0].flags == keyless);
  CHECK(tasks[4].outputs[0].flags == 0);
  CHECK(tasks[5].outputs[1].flags == keyless);
}
