#include <penstock/testing.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "catch.hpp"
#include "hash/file_digest.hpp"
#include "hash/item_digest.hpp"
#include "hash/sum_line.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Hasher {
  Plugin plugin;
  Rig rig;

  explicit Hasher(std::string_view task) : rig(registered(), task) { REQUIRE(rig.open()); }

  std::string text(std::string_view item) {
    rig.clear();
    REQUIRE(rig.run(item));
    return rig.emitted<std::string>().at(0);
  }

  template <class T>
  hash::FileDigest file(const T& item) {
    rig.clear();
    REQUIRE(rig.run(item));
    return rig.emitted<hash::FileDigest>().at(0);
  }

  template <class T>
  Rig::Failure failure(const T& item) {
    CHECK_FALSE(rig.run(item));
    return rig.failure().value_or(Rig::Failure{});
  }

 private:
  Plugin& registered() {
    using namespace hash;
    plugin.transform<DigestOfItem<Sha256>>("sha256", "");
    plugin.transform<DigestOfItem<Xxh3>>("xxh3", "");
    plugin.transform<DigestOfFile<Sha256>>("sha256_file", "");
    plugin.transform<DigestOfFile<Xxh3>>("xxh3_file", "");
    plugin.transform("sum_line", "", sum_line);
    return plugin;
  }
};

struct Listed {
  std::string path;
  std::int64_t size = 0;
};
PENSTOCK_FIELDS(Listed, path, size)

struct Nameless {
  std::int64_t size = 0;
  std::string comment;
};
PENSTOCK_FIELDS(Nameless, size, comment)

constexpr const char* sha256_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* sha256_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("SHA-256 of items, as FIPS 180-4 has them") {
  Hasher hasher("sha256");
  CHECK(hasher.text("") == sha256_of_nothing);
  CHECK(hasher.text("abc") == sha256_of_abc);
  CHECK(hasher.text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hasher.text(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("XXH3 of items, as xxhsum has them") {
  Hasher hasher("xxh3");
  CHECK(hasher.text("") == "2d06800538d394c2");
  CHECK(hasher.text("abc") == "78af5f94892f3950");
}

TEST_CASE("bytes that are no text are hashed like any other") {
  Hasher hasher("sha256");
  const std::string bytes("\0\xff\r\n\xc3", 5);
  REQUIRE(hasher.rig.run(as_bytes(bytes)));
  CHECK(hasher.rig.emitted<std::string>().at(0) ==
        "cfb4946788ebd5deb9613576c3fa5cf24353cfe90f50192055c79ecb6f968aa2");
}

TEST_CASE("files are named by a path, or by what files.list gives") {
  const TemporaryFolder folder;
  folder.write("a/abc", "abc");
  folder.write("empty", "");
  Hasher hasher("sha256_file");
  const hash::FileDigest named = hasher.file(std::string_view("a/abc"));
  CHECK(named.digest == sha256_of_abc);
  CHECK(named.path == "a/abc");
  CHECK(named.size == 3);
  CHECK(hasher.file(Listed{"a/abc", 17}).digest == sha256_of_abc);
  CHECK(hasher.file(Listed{"empty", 0}).digest == sha256_of_nothing);
  CHECK(Hasher("xxh3_file").file(Listed{"a/abc", 3}).digest == "78af5f94892f3950");
}

TEST_CASE("a file that is longer than a piece is one digest, and its progress is told") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; content.size() < 1'500'000; ++i) content += std::to_string(i);
  folder.write("long", content);
  for (const char* task : {"sha256", "xxh3"}) {
    Hasher of_file(std::string(task) + "_file");
    const hash::FileDigest named = of_file.file(std::string_view("long"));
    CHECK(named.digest == Hasher(task).text(content));
    CHECK(named.size == static_cast<std::int64_t>(content.size()));
    CHECK(of_file.rig.progress().first > 0);
    CHECK(of_file.rig.progress().second == static_cast<double>(content.size()));
  }
}

TEST_CASE("a file of /proc, which has no size, is read to its end") {
  Hasher hasher("sha256_file");
  const hash::FileDigest named = hasher.file(std::string_view("/proc/sys/kernel/ostype"));
  CHECK(named.digest == Hasher("sha256").text("Linux\n"));
  CHECK(named.size == 6);
}

TEST_CASE("what is no file is a failure for good, which says what it is") {
  const TemporaryFolder folder;
  folder.write("folder/file", "x");
  REQUIRE(::mkfifo("pipe", 0600) == 0);
  Hasher hasher("sha256_file");
  const auto check = [&](const auto& item, const char* text) {
    const Rig::Failure failure = hasher.failure(item);
    CHECK(failure.kind == PENSTOCK_FAIL_PERMANENT);
    CHECK_THAT(failure.text, Contains(text));
  };
  check(std::string_view("gone"), "cannot open 'gone': No such file or directory");
  check(Listed{"folder", 0}, "'folder' is no regular file");
  check(std::string_view("pipe"), "'pipe' is no regular file");
  check(std::string_view("folder/file/more"), "Not a directory");
  check(std::string_view(""), "cannot open ''");
  check(std::string_view("a\0b", 3), "zero byte");
  check(std::int64_t{7}, "this is int");
  check(Nameless{1, "x"}, "this is a record whose 'path' is null");
  CHECK(hasher.file(std::string_view("folder/file")).size == 1);
}

TEST_CASE("a lack of descriptors is said to be one") {
  const TemporaryFolder folder;
  folder.write("file", "x");
  Hasher hasher("sha256_file");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const bool done = hasher.rig.run("file");
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(done);
  CHECK(hasher.rig.failure()->kind == PENSTOCK_FAIL_LACK);
}

TEST_CASE("a call that shall end leaves a long file, and the next one begins anew") {
  const TemporaryFolder folder;
  folder.write("long", std::string(1 << 20, 'x'));
  folder.write("short", "abc");
  Hasher hasher("sha256_file");
  hasher.rig.cancel();
  const Rig::Failure failure = hasher.failure(std::string_view("long"));
  CHECK(failure.kind == PENSTOCK_FAIL_TRANSIENT);
  CHECK_THAT(failure.text, Contains("at byte 262144 of 1048576"));
  CHECK(hasher.file(std::string_view("short")).digest == sha256_of_abc);
}

TEST_CASE("lines are those of sha256sum, also for names that would break them") {
  CHECK(hash::sum_line({"00ff", "a b"}) == "00ff  a b");
  CHECK(hash::sum_line({"00ff", "-"}) == "00ff  -");
  CHECK(hash::sum_line({"00ff", "a\nb"}) == "\\00ff  a\\nb");
  CHECK(hash::sum_line({"00ff", "a\\b\rc"}) == "\\00ff  a\\\\b\\rc");
  CHECK(hash::sum_line({"00ff", "\xff\t"}) == "00ff  \xff\t");

  Hasher hasher("sum_line");
  REQUIRE(hasher.rig.run(hash::FileDigest{"00ff", "x/y", 3}));
  CHECK(hasher.rig.emitted<std::string>().at(0) == "00ff  x/y");
}
