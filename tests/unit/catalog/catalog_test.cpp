#include "catalog/catalog.hpp"

#include <signal.h>

#include "catch.hpp"
#include "process/program_path.hpp"

using namespace penstock;

namespace {

struct Here {
  boost::asio::io_context loop{1};
  std::unique_ptr<Keeper> keeper =
      Keeper::start(loop, find_program("penstock-keeper").value()).value();
  Catalog catalog{loop, *keeper, SearchPath({std::filesystem::path(PLAIN_PLUGIN).parent_path()}),
                  find_program("penstock-probe").value()};
};

}  // namespace

TEST_CASE("a plugin is found by name and describes itself") {
  Here here;
  const auto file = here.catalog.find("plain").value();
  CHECK(file.path == PLAIN_PLUGIN);
  const auto plugin = here.catalog.describe(file.path).value();
  CHECK(plugin.name == "plain");
  CHECK(plugin.path == PLAIN_PLUGIN);
  CHECK(plugin.build_id == "0123456789abcdef");
  CHECK(plugin.tasks.size() == 4);
}

TEST_CASE("many plugins are described side by side, in the given order") {
  Here here;
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < 12; ++i) files.push_back(i % 3 == 0 ? "/nowhere/libx.so" : PLAIN_PLUGIN);
  const auto plugins = here.catalog.describe_all(files);
  REQUIRE(plugins.size() == 12);
  for (int i = 0; i < 12; ++i) CHECK(plugins[i].has_error() == (i % 3 == 0));
  CHECK(here.catalog.describe_all({}).empty());
}

TEST_CASE("a description can be asked for while the loop does other things") {
  Here here;
  int described = 0;
  for (int i = 0; i < 5; ++i) {
    here.catalog.describe(PLAIN_PLUGIN, [&](Result<PluginDescription> plugin) {
      CHECK(plugin.has_value());
      ++described;
    });
  }
  CHECK(described == 0);
  while (described < 5) REQUIRE(here.loop.run_one_for(std::chrono::seconds(10)) == 1);
}

TEST_CASE("a probe that is lost with the keeper is an error of this machine, and not for long") {
  Here here;
  bool told = false;
  here.catalog.describe(PLAIN_PLUGIN, [&](Result<PluginDescription> plugin) {
    told = true;
    if (!plugin) CHECK(plugin.error().status() == Status::gave_up);
  });
  ::kill(here.keeper->pid(), SIGKILL);
  while (!told) REQUIRE(here.loop.run_one_for(std::chrono::seconds(10)) == 1);
  CHECK(here.catalog.describe(PLAIN_PLUGIN).has_value());
}

TEST_CASE("a probe that is missing is an error of this machine") {
  Here here;
  Catalog catalog(here.loop, *here.keeper, SearchPath({}), "/nowhere/penstock-probe");
  const auto plugin = catalog.describe(PLAIN_PLUGIN);
  REQUIRE(plugin.has_error());
  CHECK(plugin.error().what() ==
        std::string(PLAIN_PLUGIN) +
            ": no probe: /nowhere/penstock-probe: cannot be executed: no such file or directory");
}
