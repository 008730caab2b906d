#include "files/glob.hpp"

#include "catch.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Paths = std::vector<std::string>;

Paths find(std::vector<std::string> patterns) {
  return files::find_files(patterns, true);
}

}  // namespace

TEST_CASE("patterns find files") {
  const TemporaryFolder folder;
  for (const char* name : {"b.md", "a.md", "c.txt", ".hidden.md", "sub/d.md", "sub/deep/e.md",
                           "sub/deep/f.txt", ".git/g.md", "other/h[1].md"}) {
    folder.write(name, "x");
  }
  CHECK(find({"*.md"}) == Paths{"a.md", "b.md"});
  CHECK(find({"?.md"}) == Paths{"a.md", "b.md"});
  CHECK(find({"[bc].*"}) == Paths{"b.md", "c.txt"});
  CHECK(find({"**/*.md"}) == Paths{"a.md", "b.md", "other/h[1].md", "sub/d.md", "sub/deep/e.md"});
  CHECK(find({"sub/**"}) == Paths{"sub/d.md", "sub/deep/e.md", "sub/deep/f.txt"});
  CHECK(find({"**/deep/*"}) == Paths{"sub/deep/e.md", "sub/deep/f.txt"});
  CHECK(find({"**/**/d.md"}) == Paths{"sub/d.md"});
  CHECK(find({"*/deep/e.md"}) == Paths{"sub/deep/e.md"});
  CHECK(find({"./a.md"}) == Paths{"./a.md"});
  CHECK(find({"sub/../a.md"}) == Paths{"sub/../a.md"});
  CHECK(find({".*.md"}) == Paths{".hidden.md"});
  CHECK(find({folder.path() / "*.txt"}) == Paths{folder.path() / "c.txt"});
  CHECK(find({"*"}) == Paths{"a.md", "b.md", "c.txt"});
  CHECK(find({""}).empty());
}

TEST_CASE("each file is found once, in the order of the patterns") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"}) folder.write(name, "");
  CHECK(find({"c", "*", "a"}) == Paths{"c", "a", "b"});
}

TEST_CASE("links are followed to files, not by ** to folders") {
  const TemporaryFolder folder;
  folder.write("real/a", "");
  std::filesystem::create_symlink("real/a", "link");
  std::filesystem::create_directory_symlink(".", "real/loop");
  std::filesystem::create_symlink("nowhere", "dangling");
  CHECK(find({"*"}) == Paths{"dangling", "link"});
  CHECK(find({"**/a"}) == Paths{"real/a"});
  CHECK(find({"real/loop/a"}) == Paths{"real/loop/a"});
}

TEST_CASE("a pattern without a file is refused in words, unless that may be") {
  const TemporaryFolder folder;
  folder.write("sub/a", "");
  CHECK(find({"*.md", "none"}).empty());
  CHECK_THROWS_WITH(files::find_files({"*.md"}, false),
                    Contains("no file matches '*.md' in /") && Contains("allow_empty: true"));
  CHECK_THROWS_WITH(files::find_files({"sub"}, false),
                    "'sub' is a folder; write 'sub/*' for its files, or 'sub/**' for those in the "
                    "folders below it too");
}

TEST_CASE("a folder that cannot be listed is named") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("round", "round");
  CHECK_THROWS_WITH(files::find_files({"round/*"}, true), Contains("cannot list 'round'"));
}
