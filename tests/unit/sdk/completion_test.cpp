#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;

TEST_CASE("completions and failed items are of the types that the contract names") {
  CHECK(sdk::Wire<Completion>::type() == PENSTOCK_COMPLETION_TYPE);
  CHECK(sdk::Wire<FailedItem>::type() == PENSTOCK_FAILED_TYPE);
}

TEST_CASE("a callback is a sink of completions") {
  Plugin plugin;
  plugin.sink("notify", "", [](const Completion& done, Context& context) {
    context.log(std::string(done.kind) + " " + std::string(done.stage) + " " +
                std::string(done.item) + " " + std::to_string(done.attempt) + " " +
                std::string(done.outcome) + " " + std::string(done.cause) + " " +
                std::string(done.value.is_null() ? "-" : done.value["id"].text()));
  });
  Rig rig(plugin, "notify");
  CHECK(rig.run(Completion{"run_done", "", "", 0, "stopped", "SIGTERM", 1.5, {}}));
  const std::map<std::string, std::string> payload{{"id", "x"}};
  std::string bytes;
  CborWriter writer(bytes);
  sdk::Codec<std::map<std::string, std::string>>::write(writer, payload);
  CHECK(rig.run(Completion{"item_failed", "parse", "rows:7", 3, "dead", "crashed", 0.1,
                           Datum::cbor(as_bytes(bytes))}));
  CHECK(rig.logs() == std::vector<std::string>{"run_done   0 stopped SIGTERM -",
                                               "item_failed parse rows:7 3 dead crashed x"});
}

TEST_CASE("failed items come with all their attempts") {
  Plugin plugin;
  plugin.transform("causes", "", [](const FailedItem& failed) {
    std::string all(failed.item);
    for (const FailedAttempt& attempt : failed.attempts) {
      all += " " + std::string(attempt.cause) + " " + std::to_string(attempt.signal);
      for (const std::string_view frame : attempt.stack) all += " " + std::string(frame);
      all += " " + std::string(attempt.stderr_);
    }
    return all + " " + std::to_string(failed.payload.integer());
  });
  const std::string seven = "\x07";
  FailedItem item{"rows:7", "parse", "csv.parse", "crashed", {}, Datum::cbor(as_bytes(seven))};
  item.attempts.push_back({"crashed", 11, 0, "", {"main", "parse"}, "last words", "w1", 0.1});
  item.attempts.push_back({"failed", 0, 0, "no number", {}, "", "w2", 0.1});
  Rig rig(plugin, "causes");
  CHECK(rig.run(item));
  CHECK(rig.emitted<std::string>() ==
        std::vector<std::string>{"rows:7 crashed 11 main parse last words failed 0  7"});
}
