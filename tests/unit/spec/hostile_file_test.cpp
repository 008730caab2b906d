// Files that no honest author writes: each has to end in a clear text, soon and within bounds.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "penstock-spec-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }

  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string message_of(const Loaded& loaded) {
  REQUIRE_FALSE(loaded.findings.empty());
  return loaded.findings[0].message;
}

std::string message_of(const std::string& text) {
  return message_of(load_spec_text("a", text));
}

std::string times(std::size_t count, const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("what is no file is refused before it is read") {
  const Folder folder;
  CHECK(message_of(load_spec(folder / "none.yaml")) == "the file does not exist");
  CHECK(message_of(load_spec(folder / ".")) == "the file is a directory");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(message_of(load_spec(folder / "fifo")) == "the file is no regular file, so it is not read");
  CHECK(message_of(load_spec("/dev/zero")) == "the file is no regular file, so it is not read");
}

TEST_CASE("a file without permission says so") {
  if (::geteuid() == 0) return;  // root may read everything
  const Folder folder;
  std::ofstream(folder / "closed") << "pipeline: a";
  fs::permissions(folder / "closed", fs::perms::none);
  CHECK(message_of(load_spec(folder / "closed")).find("cannot be opened") != std::string::npos);
}

TEST_CASE("a file of 100 MB is refused by its size") {
  const Folder folder;
  std::ofstream(folder / "large") << "";
  fs::resize_file(folder / "large", 100'000'000);
  CHECK(message_of(load_spec(folder / "large")) == "the file is larger than 1MiB");
}

TEST_CASE("an empty file holds no pipeline") {
  CHECK(message_of("") == "the file holds no pipeline");
  CHECK(message_of("\n\n# nothing\n") == "the file holds no pipeline");
  CHECK(message_of("---\n") == "the file holds no pipeline");
  CHECK(message_of("\xef\xbb\xbf") == "the file holds no pipeline");
}

TEST_CASE("bytes that are no text are named with their place") {
  CHECK(message_of("pipeline: \xff") == "the byte 0xff is no UTF-8 here");
  CHECK(message_of(std::string("a: \0", 4)) ==
        "the control character U+0000 cannot stand in a pipeline file");
  CHECK(message_of("a: \x04 b") == "the control character U+0004 cannot stand in a pipeline file");
  CHECK(message_of("a: \xc2\x85") ==
        "the control character U+0085 cannot stand in a pipeline file");
  CHECK(message_of("a: 1\rb: 2") == "the control character U+000D cannot stand in a pipeline file");
  CHECK(message_of("\xff\xfe") == "the byte 0xff is no UTF-8 here");
}

TEST_CASE("nesting is bounded, however it is written") {
  const std::string deep = "lists and maps are nested more than 64 deep";
  const auto has = [&](const std::string& text) {
    const Loaded loaded = load_spec_text("a", text);
    return std::any_of(loaded.findings.begin(), loaded.findings.end(),
                       [&](const Finding& finding) { return finding.message == deep; });
  };
  CHECK(has(times(500'000, "[")));
  CHECK(has(times(200'000, "{a: ")));
  CHECK(has(times(200'000, "- ")));
  CHECK(has(times(200'000, "? ")));
  CHECK(has(times(100'000, "- ? ")));
  std::string stairs;
  for (std::size_t i = 0; i < 1000; ++i) stairs += std::string(i, ' ') + "a:\n";
  CHECK(has(stairs));
}

TEST_CASE("aliases of aliases are bounded") {
  std::string text = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 100; ++i) {
    const std::string before = "*x" + std::to_string(i - 1);
    text += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [" + times(9, before + ", ") +
            before + "]\n";
  }
  const Loaded loaded = load_spec_text("a", text);
  CHECK(std::any_of(loaded.findings.begin(), loaded.findings.end(), [](const Finding& finding) {
    return finding.message == "the aliases up to here make the file too large";
  }));
}

TEST_CASE("large files of each shape end soon", "[no-sanitizer]") {
  const std::vector<std::string> shapes{
      times(260'000, "a: "),
      times(200'000, "k,\n"),
      "pipeline: {" + times(200'000, "a, ") + "}",
      "pipeline: [" + times(200'000, "a, ") + "]",
      "pipeline: [" + times(200'000, "${, "),
      "vars: {" + times(100'000, "a: 1, ") + "}",
      "pipeline: \"" + times(200'000, "${A}") + "\"",
      "pipeline: \"" + times(200'000, "${A:-") + "\"",
      "pipeline: " + times(1'000'000, "\""),
      "pipeline: " + times(300'000, "&a "),
      "pipeline: " + times(300'000, "*a "),
      "a: &a 1\nb: [" + times(250'000, "*a,") + "]",
      "stages:\n" + times(100'000, " a: b\n"),
      times(300'000, "\t\n"),
      times(250'000, "\ta\n"),
      times(200'000, "---\n"),
      times(300'000, "? \n"),
      times(250'000, "- |\n"),
      times(100'000, "#! comment\n"),
  };
  for (const std::string& text : shapes) {
    CAPTURE(text.substr(0, 40));
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(load_spec_text("a", text.substr(0, largest_file / 2)).findings.empty());
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  }
}

TEST_CASE("very many distinct names, keys and references end soon", "[no-sanitizer]") {
  std::string text = "vars: {";
  for (int i = 0; i < 30'000; ++i) text += "n" + std::to_string(i) + ": 1, ";
  text += "}\nstages:\n";
  for (int i = 0; i < 15'000; ++i)
    text += "  s" + std::to_string(i) + ": {task: ${q" + std::to_string(i) + "}}\n";
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(load_spec_text("a", text).findings.empty());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("more stages, pools and callbacks than anybody has are refused") {
  const auto has = [](const std::string& text, const std::string& message,
                      const std::string& hint) {
    const Loaded loaded = load_spec_text("a", text);
    return std::any_of(loaded.findings.begin(), loaded.findings.end(), [&](const Finding& found) {
      return found.message == message && found.hint == hint;
    });
  };
  std::string stages = "pipeline: a\nstages:\n";
  std::string pools = "pipeline: a\npools:\n";
  std::string shared = "pipeline: a\nshared:\n";
  for (int i = 0; i < 1001; ++i) {
    stages += "  s" + std::to_string(i) + ": {task: p.t}\n";
    pools += "  p" + std::to_string(i) + ": {}\n";
    shared += "  o" + std::to_string(i) + ": {type: mutex}\n";
  }
  CHECK(has(stages, "there are more than 1000 stages",
            "split the pipeline, or let fewer tasks do more"));
  CHECK(has(pools, "there are more than 1000 pools", ""));
  CHECK(has(shared, "there are more than 1000 shared objects", ""));
  std::string callbacks = "pipeline: a\ncallbacks:\n  run_done:\n";
  for (int i = 0; i < 101; ++i) callbacks += "    - {exec: [a]}\n";
  CHECK(has(callbacks, "there are more than 100 callbacks",
            "each has a process of its own: let one of them do the work of several"));
}
