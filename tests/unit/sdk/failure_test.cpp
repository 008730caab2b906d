// Nothing that a task throws crosses the border, and its text is kept.
#include <penstock/testing.hpp>

#include <filesystem>

#include "catch.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Odd {
  int number;
};

struct Throws {
  std::string how;
  void params(Params& p) { p.required("how", how, ""); }
  void run(std::string_view) {
    if (how == "runtime") throw std::runtime_error("bad luck");
    if (how == "permanent") throw Permanent("never");
    if (how == "transient") throw Transient("later");
    if (how == "lack") throw Lack("no disk");
    if (how == "full") {
      throw std::filesystem::filesystem_error("write", "/x",
                                              std::error_code(ENOSPC, std::generic_category()));
    }
    if (how == "pipe") throw std::system_error(EPIPE, std::system_category(), "write");
    if (how == "access") throw std::system_error(EACCES, std::system_category(), "open");
    if (how == "memory") throw std::bad_alloc();
    if (how == "int") throw 42;
    if (how == "odd") throw Odd{1};
  }
};

struct Swallows {
  void run(std::string_view text, Emit<std::string_view>& out) {
    try {
      out(text);
      out(text);
    } catch (...) {
    }
  }
};

struct Lifecycle {
  std::string at;
  Lifecycle() = default;
  void params(Params& p) { p.optional("at", at, ""); }
  void fail(std::string_view place) {
    if (at == place) throw std::runtime_error("failed in " + at);
  }
  void open() { fail("open"); }
  void run(int) { fail("run"); }
  void finish() { fail("finish"); }
  void close() { fail("close"); }
};

std::pair<std::uint32_t, std::string> failure(const std::string& how) {
  Plugin plugin;
  plugin.transform<Throws>("throws", "");
  Rig rig(plugin, "throws", {{"how", how}});
  CHECK_FALSE(rig.run("x"));
  return {rig.failure()->kind, rig.failure()->text};
}

}  // namespace

TEST_CASE("a failure has the kind and the text of what was thrown") {
  CHECK(failure("runtime") ==
        std::pair(std::uint32_t{PENSTOCK_FAIL_ERROR}, std::string("bad luck")));
  CHECK(failure("permanent") ==
        std::pair(std::uint32_t{PENSTOCK_FAIL_PERMANENT}, std::string("never")));
  CHECK(failure("transient") ==
        std::pair(std::uint32_t{PENSTOCK_FAIL_TRANSIENT}, std::string("later")));
  CHECK(failure("lack") == std::pair(std::uint32_t{PENSTOCK_FAIL_LACK}, std::string("no disk")));
  CHECK(failure("full").first == PENSTOCK_FAIL_LACK);
  CHECK_THAT(failure("full").second, Contains("No space left"));
  CHECK(failure("pipe").first == PENSTOCK_FAIL_LACK);
  CHECK(failure("access").first == PENSTOCK_FAIL_ERROR);
  CHECK(failure("memory").first == PENSTOCK_FAIL_ERROR);
  CHECK_THAT(failure("memory").second, Contains("std::bad_alloc"));
  CHECK(failure("int").second == "the task threw an exception of type int");
  CHECK_THAT(failure("odd").second, Contains("Odd"));
}

TEST_CASE("what has changed is a failure of its own, and none where the run is forced") {
  struct Reads {
    void open(Context& context) { context.changed("the file has changed"); }
    bool produce(std::size_t, Emit<int>&) { return false; }
  };
  struct Worker {
    std::int32_t forced = 0;
    std::optional<std::uint32_t> failure;
    std::string warning;
  };
  Plugin plugin;
  plugin.source<Reads>("reads", "");
  const penstock_task& task = plugin.table().tasks[0];
  const auto open = [&](std::int32_t forced, std::size_t host_size) {
    Worker worker{forced, {}, {}};
    penstock_host host{};
    host.size = static_cast<std::uint32_t>(host_size);
    host.self = &worker;
    host.extension = [](void*, penstock_text) -> const void* { return nullptr; };
    host.fail = [](void* self, std::uint32_t failure, penstock_text text) {
      CHECK(std::string(text.data, text.size) == "the file has changed");
      static_cast<Worker*>(self)->failure = failure;
    };
    host.log = [](void* self, std::uint32_t, penstock_text text) {
      static_cast<Worker*>(self)->warning.assign(text.data, text.size);
    };
    host.forced = [](void* self) { return static_cast<Worker*>(self)->forced; };
    void* instance = task.create(task.self, &host, nullptr, 0);
    std::uint64_t held = 0;
    const bool opened = task.open(instance, &host, {}, {}, &held) == PENSTOCK_OK;
    task.destroy(instance);
    CHECK(opened == !worker.failure);
    CHECK(opened == (worker.warning == "the file has changed; it goes on all the same"));
    return worker.failure;
  };
  CHECK(open(0, sizeof(penstock_host)) == PENSTOCK_FAIL_CHANGED);
  CHECK(open(1, sizeof(penstock_host)) == std::nullopt);
  // A worker of an older minor version does not know of it.
  CHECK(open(1, offsetof(penstock_host, forced)) == PENSTOCK_FAIL_PERMANENT);
}

TEST_CASE("an instance goes on after a failure") {
  Plugin plugin;
  plugin.transform("positive", "", [](int x) {
    if (x < 0) throw std::runtime_error("negative");
    return x;
  });
  Rig rig(plugin, "positive");
  CHECK_FALSE(rig.run(-1));
  CHECK(rig.run(1));
  CHECK_FALSE(rig.failure());
  CHECK(rig.emitted<int>() == std::vector<int>{1});
}

TEST_CASE("a refused emit fails the call even if the task swallows it") {
  Plugin plugin;
  plugin.transform<Swallows>("swallows", "");
  Rig rig(plugin, "swallows");
  rig.limit_output(1);
  CHECK_FALSE(rig.run("x"));
  CHECK_THAT(rig.failure()->text, Contains("limit"));
}

TEST_CASE("every function of a task may fail") {
  Plugin plugin;
  plugin.sink<Lifecycle>("life", "");
  const auto text = [&](const char* at, auto call) {
    Rig rig(plugin, "life", {{"at", at}});
    CHECK_FALSE(call(rig));
    return rig.failure()->text;
  };
  CHECK(text("open", [](Rig& rig) { return rig.open(); }) == "failed in open");
  CHECK(text("run", [](Rig& rig) { return rig.run(1); }) == "failed in run");
  CHECK(text("finish", [](Rig& rig) { return rig.finish(); }) == "failed in finish");
  CHECK(text("close", [](Rig& rig) { return rig.close(); }) == "failed in close");
}

TEST_CASE("an output that is not declared, or of another type, is an error in words") {
  Plugin plugin;
  plugin.transform("lost", "", [](int x, Emit<int>& out) { out.to("nowhere")(x); });
  plugin.transform("wrong", "", [](int x, Emit<int>& out) { out.to("texts")(x); })
      .output<std::string_view>("texts", "");
  Rig lost(plugin, "lost");
  CHECK_FALSE(lost.run(1));
  CHECK_THAT(lost.failure()->text, Contains("declares no output 'nowhere'; add .output<Type>"));
  Rig wrong(plugin, "wrong");
  CHECK_FALSE(wrong.run(1));
  CHECK(wrong.failure()->text == "output 'texts' takes text, not int");
}

TEST_CASE("an item that is not of its type is refused for good") {
  Plugin plugin;
  plugin.transform("small", "", [](std::int8_t x) { return x; });
  Rig rig(plugin, "small");
  CHECK_FALSE(rig.run(1000));
  CHECK(rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
}
