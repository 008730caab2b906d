#include "penstock/name_space.hpp"

#include <string>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("names have values of different types") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Namespace names = manager.name_space();
  names.set("name", "Bob");
  names.set("age", 33);
  names.set("weights", std::vector<double>{0.5});
  CHECK(names.get<std::string>("name") == "Bob");
  CHECK(names.get<int>("age") == 33);
  CHECK(names.get<std::vector<double>>("weights") == std::vector<double>{0.5});
  CHECK(names.names() == Names{"name", "age", "weights"});
  CHECK(names.add("age", 1) == 34);
  CHECK(names.add("fresh", 2.5) == 2.5);
}

TEST_CASE("a name can be there or not, and goes when it is told to") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Namespace names = manager.name_space();
  names.set("job", "builder");
  CHECK(names.contains("job"));
  CHECK(names.erase("job"));
  CHECK_FALSE(names.erase("job"));
  CHECK_FALSE(names.contains("job"));
  CHECK(names.find<std::string>("job") == std::nullopt);
  CHECK_THROWS_WITH(names.get<std::string>("job"), "manager: there is no name 'job'");
  CHECK_THROWS_AS(names.get<std::string>("job"), std::out_of_range);
}

TEST_CASE("a value of another type is an error that says which") {
  const ServerThread server;
  const Manager manager = server.manager();
  const Namespace names = manager.name_space();
  names.set("age", 33);
  CHECK_THROWS_WITH(names.get<std::string>("age"),
                    "manager: a value is not of the type that is asked for: a value of kind int "
                    "arrived where text is declared");
  names.set("large", 1000);
  CHECK_THROWS_AS(names.get<std::int8_t>("large"), ManagerError);
  names.set("list", manager.list<int>());
  CHECK_THROWS_WITH((names.get<Dict<int, int>>("list")),
                    "manager: a value is not of the type that is asked for: a list of a manager "
                    "arrived where a dict is declared");
  CHECK(names.get<List<int>>("list").empty());
}

TEST_CASE("all who connect share the names of the manager") {
  const ServerThread server;
  const Manager one = server.manager();
  const Manager other = server.manager();
  one.names().set("jobs", one.queue<std::string>());
  other.names().get<managed::Queue<std::string>>("jobs").put("hello");
  CHECK(one.names().get<managed::Queue<std::string>>("jobs").get() == "hello");
}

}  // namespace
}  // namespace penstock::sync
