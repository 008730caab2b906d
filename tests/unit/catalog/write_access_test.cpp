#include "catalog/write_access.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "catalog/catalog.hpp"
#include "catch.hpp"
#include "process/program_path.hpp"

using namespace penstock;

namespace fs = std::filesystem;

namespace {

const std::string allow = "PENSTOCK_ALLOW_WRITABLE_PLUGINS";
const std::string danger = ": anybody on this system could put code there that runs as you; ";

// A file in a folder, which nobody else may write; they go when the test ends.
struct Here {
  Here() {
    char name[] = "/tmp/penstock-test-XXXXXX";
    root = ::mkdtemp(name);
    folder = root / "plugins";
    file = folder / "libx.so";
    fs::create_directory(folder);
    std::ofstream(file) << "no plugin\n";
    set(folder, 0755);
    set(file, 0644);
  }
  ~Here() {
    ::unsetenv(allow.c_str());
    fs::remove_all(root);
  }

  void set(const fs::path& path, mode_t mode) const { REQUIRE(::chmod(path.c_str(), mode) == 0); }

  std::string link(const char* name, const fs::path& target) const {
    fs::create_directory(root / "links");
    set(root / "links", 0755);
    fs::create_symlink(target, root / "links" / name);
    return (root / "links" / name).string();
  }

  fs::path root, folder, file;
};

std::string refusal(const fs::path& library) {
  const auto good = check_write_access(library);
  if (good) return "good";
  CHECK(good.error().status() == Status::refused);
  return good.error().what();
}

std::string mends(const fs::path& path) {
  return danger + "`chmod o-w " + path.string() + "` ends that, " + allow +
         "=1 in the environment allows it";
}

}  // namespace

TEST_CASE("a plugin that others may write is refused, with the file and its mode") {
  const Here here;
  CHECK(refusal(here.file) == "good");
  here.set(here.file, 0646);
  CHECK(refusal(here.file) == "has mode 0646" + mends(here.file));
  here.set(here.file, 0664);
  CHECK(refusal(here.file) == "good");
}

TEST_CASE("so is one in a folder that others may write") {
  const Here here;
  const std::string lies = "lies in the folder " + here.folder.string() + ", which has mode ";
  here.set(here.folder, 0777);
  CHECK(refusal(here.file) == lies + "0777" + mends(here.folder));
  here.set(here.folder, 01777);
  CHECK(refusal(here.file) == lies + "1777" + danger + "move it to a folder of your own, " + allow +
                                  "=1 in the environment allows it");
  here.set(here.folder, 0775);
  CHECK(refusal(here.file) == "good");
}

TEST_CASE("folders above are not looked at") {
  const Here here;
  here.set(here.root, 0777);
  CHECK(refusal(here.file) == "good");
}

TEST_CASE("a file of the working folder lies in it") {
  const Here here;
  here.set(here.folder, 0777);
  const auto before = fs::current_path();
  fs::current_path(here.folder);
  const std::string told = refusal("libx.so");
  fs::current_path(before);
  CHECK(told == "lies in the folder ., which has mode 0777" + mends("."));
}

TEST_CASE("a link is followed to the file that is really loaded") {
  const Here here;
  const std::string link = here.link("libx.so", "libnext.so");
  here.link("libnext.so", here.file);
  CHECK(refusal(link) == "good");
  here.set(here.file, 0666);
  CHECK(refusal(link) ==
        "leads to " + here.file.string() + ", which has mode 0666" + mends(here.file));
  here.set(here.file, 0644);
  here.set(here.folder, 0703);
  CHECK(refusal(link) == "leads to " + here.file.string() + " in the folder " +
                             here.folder.string() + ", which has mode 0703" + mends(here.folder));
}

TEST_CASE("a folder in which a link stands counts: the link can be exchanged") {
  const Here here;
  const std::string link = here.link("libx.so", here.file);
  here.set(here.root / "links", 0777);
  CHECK(refusal(link) == "lies in the folder " + (here.root / "links").string() +
                             ", which has mode 0777" + mends(here.root / "links"));
  CHECK(refusal(here.file) == "good");

  fs::create_directory(here.root / "named");
  fs::create_symlink(link, here.root / "named/libx.so");
  CHECK(refusal(here.root / "named/libx.so").starts_with("leads to " + link + " in the folder "));
}

TEST_CASE("the environment allows it with the value 1 alone") {
  const Here here;
  here.set(here.folder, 0777);
  for (const char* value : {"", "0", "yes", "11"}) {
    ::setenv(allow.c_str(), value, 1);
    CHECK(refusal(here.file) != "good");
  }
  ::setenv(allow.c_str(), "1", 1);
  CHECK(refusal(here.file) == "good");
}

TEST_CASE("what is no file is left to the probe") {
  const Here here;
  here.set(here.folder, 0777);
  CHECK(refusal(here.folder / "libgone.so") == "good");
  CHECK(refusal(here.folder) == "good");
  fs::create_symlink("libloop.so", here.folder / "libloop.so");
  CHECK(refusal(here.folder / "libloop.so") == "good");
  REQUIRE(::mkfifo((here.folder / "libpipe.so").c_str(), 0600) == 0);
  CHECK(refusal(here.folder / "libpipe.so") == "good");
}

TEST_CASE("the catalog tells it with the path, from the loop, and without a probe") {
  const Here here;
  here.set(here.folder, 0777);
  boost::asio::io_context loop{1};
  auto keeper = Keeper::start(loop, find_program("penstock-keeper").value()).value();
  Catalog catalog(loop, *keeper, SearchPath({here.folder}), "/nowhere/penstock-probe");
  CHECK(catalog.find("x").value().path == here.file);
  bool told = false;
  catalog.describe(here.file, [&](Result<PluginDescription> plugin) {
    told = true;
    REQUIRE(plugin.has_error());
    CHECK(plugin.error().what() == here.file.string() + ": " + refusal(here.file));
  });
  CHECK_FALSE(told);
  while (!told) REQUIRE(loop.run_one_for(std::chrono::seconds(10)) == 1);

  {
    Catalog gone(loop, *keeper, SearchPath({}), "/nowhere/penstock-probe");
    gone.describe(here.file, [](Result<PluginDescription>) { FAIL("told after its end"); });
  }
  CHECK(catalog.describe(here.file).has_error());
}
