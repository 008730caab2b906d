// Proxies outside of their manager: as arguments of tasks and in results they travel as text.
#include <penstock/wire.hpp>

#include <string>
#include <vector>

#include "../forked.hpp"
#include "as_text.hpp"
#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

TEST_CASE("a proxy passes to another process, which connects by itself") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const auto lists = manager.dict<std::string, List<int>>({{"a", manager.list<int>({1})}});
  const std::string text = encoded(lists);
  Forked task([&] {
    const auto mine = decoded<Dict<std::string, List<int>>>(text);
    mine["a"]->append(2);
    return true;
  });
  CHECK(task.join());
  CHECK(lists["a"]->copy() == std::vector<int>{1, 2});
}

TEST_CASE("a proxy that is sent and dropped is good for the first who reads it") {
  const ServerThread server;
  const Manager manager = server.manager();
  const std::string text = encoded(manager.list<int>({1, 2}));
  CHECK(manager.object_count() == 2);
  {
    const auto first = decoded<List<int>>(text);
    CHECK(first.copy() == std::vector<int>{1, 2});
    CHECK(decoded<List<int>>(text) == first);  // held meanwhile
  }
  CHECK(manager.object_count() == 1);
  CHECK_THROWS_WITH(decoded<List<int>>(text),
                    "manager: an object is there no more: nobody held it while its name was on "
                    "the way");
}

TEST_CASE("a proxy that nobody reads goes with the process that sent it") {
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Event sent = manager.event();
  manager.names().set("sent", sent);
  Forked sender([&] {
    const Manager own = Manager::connect(server.address());
    encoded(own.list<int>());
    own.names().get<managed::Event>("sent").set();
    for (;;) ::pause();
    return true;
  });
  REQUIRE(sent.wait(std::chrono::seconds(60)));
  CHECK(manager.object_count() == 3);
  sender.kill();
  CHECK(eventually([&] { return manager.object_count() == 2; }));
}

TEST_CASE("the type of a proxy on an edge says what it holds") {
  CHECK(sdk::Wire<List<int>>::type() == "record{managed_list:text,of:optional<list<int>>}");
  CHECK(sdk::Wire<Dict<std::string, double>>::type() ==
        "record{managed_dict:text,of:optional<list<tuple<text,float>>>}");
  CHECK(sdk::Wire<Namespace>::type() == "record{managed_namespace:text}");
  const auto type = [](const std::string& text) { return *parse_type(text); };
  const Type numbers = type(sdk::Wire<List<int>>::type());
  CHECK(accepts(numbers, numbers));
  CHECK_FALSE(accepts(numbers, type(sdk::Wire<List<std::string>>::type())));
  CHECK_FALSE(accepts(numbers, type(sdk::Wire<managed::Queue<int>>::type())));
  CHECK(
      accepts(type(sdk::Wire<List<List<int>>>::type()), type(sdk::Wire<List<List<int>>>::type())));
}

TEST_CASE("a text that names nothing is refused") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto with = [](const std::string& text) {
    std::string bytes;
    CborWriter out(bytes);
    out.map(1);
    out.text("managed_list");
    out.text(text);
    return bytes;
  };
  for (const char* text : {"", "#", "#12", "unix:@x", "unix:@x#", "unix:@x#1+", "unix:@x#1x",
                           "http:x#1", "unix:@nobody-is-there-of-this-name#1"}) {
    CAPTURE(text);
    CHECK_THROWS(decoded<List<int>>(with(text)));
  }
  CHECK_THROWS_AS(decoded<List<int>>(with(server.address() + "#12345")), ManagerError);
  CHECK_THROWS_AS(encoded(List<int>()), ManagerError);
}

}  // namespace
}  // namespace penstock::sync
