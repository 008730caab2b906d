// What is said about each plugin that goes wrong: one line, in time, and this process has never
// opened any of them.
#include <elf.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "catalog/catalog.hpp"
#include "catch.hpp"
#include "process/program_path.hpp"

using namespace penstock;

namespace {

struct Here {
  explicit Here(std::chrono::milliseconds deadline = Catalog::kDeadline)
      : catalog(loop, *keeper, SearchPath({BAD_PLUGINS}), find_program("penstock-probe").value(),
                deadline) {}

  std::string describe(const std::filesystem::path& path) {
    const auto plugin = catalog.describe(path);
    if (!plugin) CHECK(plugin.error().status() == Status::refused);
    return plugin ? "good" : plugin.error().what();
  }

  boost::asio::io_context loop{1};
  std::unique_ptr<Keeper> keeper =
      Keeper::start(loop, find_program("penstock-keeper").value()).value();
  Catalog catalog;
};

std::string path_of(const std::string& name) {
  return std::string(BAD_PLUGINS) + "/lib" + name + ".so";
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A folder for files that are no plugins; it goes when the test ends.
struct Folder {
  Folder() {
    char name[] = "/tmp/penstock-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

const std::map<std::string, std::string> reasons{
    {"other_version",
     "is built for version 99.7 of the plugin contract, this Penstock speaks 1.2; build it with "
     "the SDK of this version"},
    {"no_symbol",
     "does not export the symbol penstock_plugin: it is not a plugin, or lacks "
     "PENSTOCK_PLUGIN(...)"},
    {"other_symbol",
     "its symbol penstock_plugin is not a plugin's: it does not begin as it has to; fill it in as "
     "<penstock/plugin.h> says"},
    {"lacks_library",
     "needs the library libgone.so, which is not found; install it, or add its folder to "
     "LD_LIBRARY_PATH"},
    {"lacks_symbol",
     "uses the symbol nowhere_defined, which nothing defines; link the library that does"},
    {"throws",
     "crashes while it is loaded, in a static constructor: killed by SIGABRT (aborted); its last "
     "line was: what():  no configuration found"},
    {"exits",
     "ends its process while it is loaded, in a static constructor: it exited with status 0"},
    {"crashes",
     "crashes while it is loaded, in a static constructor: killed by SIGSEGV (segmentation "
     "fault)"},
    {"crashes_later", "crashes where it describes its tasks: killed by SIGBUS (bus error)"},
    {"refuses", "cannot describe its tasks: two tasks?of one name"},
    {"throws_later", "cannot describe its tasks: there is no model at /opt/model"},
    {"unnamed", "cannot describe its tasks: the plugin is not named [a-z][a-z0-9_]*"},
    {"misnamed", "its plugin is called 'another'; rename the file to libanother.so, or the plugin"},
    {"no_functions", "task 'pass': has no function run, which it needs"},
    {"scribbles",
     "what its probe sent is not a description; is the plugin writing to descriptors that are not "
     "its own?"},
};

}  // namespace

TEST_CASE("each bad plugin is refused in one line with its reason, and never mapped here") {
  Here here;
  for (const auto& [name, reason] : reasons) {
    CHECK(here.describe(path_of(name)) == path_of(name) + ": " + reason);
  }
  CHECK(content("/proc/self/maps").find(BAD_PLUGINS) == std::string::npos);
}

TEST_CASE("a plugin that is silent for ever is refused at the deadline") {
  Here here(std::chrono::milliseconds(1000));
  const auto begin = std::chrono::steady_clock::now();
  const auto results = here.catalog.describe_all({path_of("sleeps"), path_of("sleeps_later")});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  REQUIRE(results[0].has_error());
  REQUIRE(results[1].has_error());
  CHECK(results[0].error().what() ==
        path_of("sleeps") +
            ": did not answer within 1 s while it is loaded, in a static constructor");
  CHECK(results[1].error().what() ==
        path_of("sleeps_later") + ": did not answer within 1 s where it describes its tasks");
}

TEST_CASE("a plugin that writes without end is refused") {
  Here here;
  CHECK(here.describe(path_of("floods")).starts_with(path_of("floods") + ": "));
}

TEST_CASE("a plugin that prints and forks while it is loaded is good all the same") {
  Here here;
  CHECK(here.describe(path_of("noisy")) == "good");
  CHECK(here.describe(path_of("good")) == "good");
}

TEST_CASE("files that are no plugins are refused with what they are") {
  Here here;
  const Folder folder;
  const auto path = folder.path / "libx.so";
  const std::string place = path.string() + ": ";
  CHECK(here.describe(path) == place + "there is no such file");
  CHECK(here.describe(folder.path) == folder.path.string() + ": is a folder, not a library");

  std::ofstream(path) << "just a text\n";
  CHECK(here.describe(path) == place +
                                   "is not a shared library: it begins with 'just a text?'; build "
                                   "it with g++ -shared -fPIC");
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(here.describe(path) == place + "is a FIFO, not a library");
  std::filesystem::remove(path);

  const std::string good = content(path_of("good"));
  std::ofstream(path, std::ios::binary) << good.substr(0, good.size() / 2);
  CHECK(here.describe(path) == place + "is cut short: it has " + std::to_string(good.size() / 2) +
                                   " bytes, its header speaks of " + std::to_string(good.size()) +
                                   "; copy it again");
  std::filesystem::copy_file(find_program("penstock-probe").value(), path,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(here.describe(path).starts_with(place + "cannot be loaded: cannot dynamically load "));
  std::string foreign = good;
  foreign[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_RISCV);
  std::ofstream(path, std::ios::binary) << foreign;
  CHECK(here.describe(path).starts_with(place + "is built for RISC-V, this machine is "));
}
