#include "catalog/search_path.hpp"

#include <cstdlib>
#include <fstream>

#include "catch.hpp"

using namespace penstock;

namespace {

// Three folders with empty files in them; they go when the test ends.
struct Folders {
  Folders() {
    char name[] = "/tmp/penstock-test-XXXXXX";
    root = ::mkdtemp(name);
    for (const char* file : {"a/libtext.so", "a/libfiles.so", "b/libtext.so", "b/libmath.so",
                             "b/notes.txt", "b/lib.so", "c/libtext.so"}) {
      std::filesystem::create_directories((root / file).parent_path());
      std::ofstream(root / file) << "";
    }
  }
  ~Folders() { std::filesystem::remove_all(root); }

  std::filesystem::path root;
};

}  // namespace

TEST_CASE("the first file of a name is taken, the others are told") {
  const Folders here;
  const SearchPath path({here.root / "a", here.root / "b", here.root / "nowhere", here.root / "c"});
  const auto text = path.find("text");
  REQUIRE(text.has_value());
  CHECK(text->name == "text");
  CHECK(text->path == here.root / "a/libtext.so");
  CHECK(text->shadowed ==
        std::vector<std::filesystem::path>{here.root / "b/libtext.so", here.root / "c/libtext.so"});
  CHECK(path.find("math").value().shadowed.empty());
}

TEST_CASE("a file in a folder that was given is chosen") {
  const Folders here;
  const SearchPath path({here.root / "a", here.root / "a", here.root / "b", here.root / "c"}, 2);
  CHECK(path.find("text").value().path == here.root / "a/libtext.so");
  CHECK(path.find("text").value().shadowed.empty());
  CHECK(path.all()[2].shadowed.empty());
  const auto standard = SearchPath::standard({here.root / "b"}, here.root / "c");
  CHECK(standard.find("text").value().path == here.root / "b/libtext.so");
  CHECK(standard.find("text").value().shadowed.empty());
  const auto beside = SearchPath({here.root / "nowhere", here.root / "b", here.root / "c"}, 1);
  CHECK(beside.find("text").value().shadowed.size() == 1);
}

TEST_CASE("all plugins are listed by name") {
  const Folders here;
  const auto all = SearchPath({here.root / "a", here.root / "b"}).all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "files");
  CHECK(all[1].name == "math");
  CHECK(all[2].name == "text");
  CHECK(all[2].shadowed == std::vector<std::filesystem::path>{here.root / "b/libtext.so"});
}

TEST_CASE("a folder that is named twice counts once") {
  const Folders here;
  const SearchPath path({here.root / "a", here.root / "b/../a", here.root / "b"});
  CHECK(path.folders() == std::vector<std::filesystem::path>{here.root / "a", here.root / "b"});
}

TEST_CASE("a name that is not there is refused with the folders and a near miss") {
  const Folders here;
  const auto found = SearchPath({here.root / "a", here.root / "b"}).find("flies");
  REQUIRE(found.has_error());
  CHECK(found.error().status() == Status::refused);
  CHECK(found.error().what() ==
        "there is no plugin 'flies': no file libflies.so in " + (here.root / "a").string() + ", " +
            (here.root / "b").string() +
            "; add its folder with --plugin-path DIR; did you mean `files`?");
  CHECK(SearchPath({here.root}).find("../a/libtext").has_error());
  CHECK(SearchPath({}).find("").has_error());
}

TEST_CASE("the standard path is what is given, the environment, the file's folder, our own") {
  const Folders here;
  const std::string variable = (here.root / "b").string() + "::" + (here.root / "c").string();
  ::setenv("PENSTOCK_PLUGIN_PATH", variable.c_str(), 1);
  const auto path = SearchPath::standard({here.root / "a"}, here.root);
  ::unsetenv("PENSTOCK_PLUGIN_PATH");
  REQUIRE(path.folders().size() >= 4);
  CHECK(path.folders()[0] == here.root / "a");
  CHECK(path.folders()[1] == here.root / "b");
  CHECK(path.folders()[2] == here.root / "c");
  CHECK(path.folders()[3] == here.root);
}
