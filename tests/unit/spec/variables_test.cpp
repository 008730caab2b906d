#include "spec/variables.hpp"

#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "spec/load.hpp"

using namespace penstock;

namespace {

// The value of `memory`-like keys is read by type; parameters keep their text, so they show it
// best.
std::string value_of(const Loaded& loaded) {
  REQUIRE(to_text(loaded.findings).empty());
  return loaded.spec.stages.at(0).with.at(0).value.text;
}

Loaded load(const std::string& value, const std::string& vars, LoadOptions options = {}) {
  if (!options.environment) {
    options.environment = [](const std::string&) { return std::optional<std::string>(); };
  }
  return load_spec_text("a.yaml",
                        "pipeline: a\n" + (vars.empty() ? "" : "vars: " + vars + "\n") +
                            "stages: {a: {task: p.t, with: {x: \"" + value + "\"}}}\n",
                        options);
}

LoadOptions environment(std::string name, std::string value) {
  LoadOptions options;
  options.environment = [=](const std::string& asked) {
    return asked == name ? std::optional(value) : std::nullopt;
  };
  return options;
}

// A file of this test that goes away with it.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              (name + "." + std::to_string(Catch::rngSeed()) + "." +
               std::to_string(reinterpret_cast<std::uintptr_t>(this)))) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("variables are replaced inside of scalars") {
  CHECK(value_of(load("a-${X}-${X}", "{X: 1}")) == "a-1-1");
  CHECK(value_of(load("${X:-default}", "")) == "default");
  CHECK(value_of(load("${X:-}", "")).empty());
  CHECK(value_of(load("${X:-${Y:-z}}", "")) == "z");
  CHECK(value_of(load("${X:-a:-b}", "")) == "a:-b");
  CHECK(value_of(load("$X $ {X} }", "")) == "$X $ {X} }");
}

TEST_CASE("a default stands in for an empty value too") {
  CHECK(value_of(load("${X:-default}", "{X: \"\"}")) == "default");
  CHECK(value_of(load("${X}", "{X: \"\"}")).empty());
}

TEST_CASE("a doubled dollar is a plain one before a bracket") {
  CHECK(value_of(load("$${X} $$ ${Y:-$${Z}}", "")) == "${X} $$ ${Z}");
}

TEST_CASE("definitions may use other names, in any order") {
  CHECK(value_of(load("${A}", "{A: \"${B}/${C}\", B: \"<${C}>\", C: c}")) == "<c>/c");
}

TEST_CASE("an override comes before --vars, then vars, then the environment") {
  LoadOptions options = environment("X", "environment");
  CHECK(value_of(load("${X}", "", options)) == "environment");
  CHECK(value_of(load("${X}", "{X: vars}", options)) == "vars");
  const TemporaryFile file("vars", "X: file\n");
  options.vars_file = file.path();
  CHECK(value_of(load("${X}", "{X: vars}", options)) == "file");
  options.overrides = {{"X", "first"}, {"X", "last"}};
  CHECK(value_of(load("${X}", "{X: vars}", options)) == "last");
}

TEST_CASE("what comes from outside is taken as it is") {
  LoadOptions options = environment("X", "${Y}");
  CHECK(value_of(load("${X}", "", options)) == "${Y}");
  options.overrides = {{"Z", "${X} $${X}"}};
  CHECK(value_of(load("${Z}", "", options)) == "${X} $${X}");
}

TEST_CASE("the result is read as the key's type") {
  LoadOptions options;
  options.overrides = {{"N", "3"}, {"M", "64MiB"}};
  const Loaded loaded =
      load_spec_text("a.yaml",
                     "pipeline: a\nmemory: ${M}\npools: {default: {processes: \"${N}\"}}\n"
                     "stages: {a: {task: p.t}}\n",
                     options);
  CHECK(to_text(loaded.findings).empty());
  CHECK(loaded.spec.memory->value == 64u << 20);
  CHECK(loaded.spec.pools.at(0).processes->value == 3);
}

TEST_CASE("a secret is read from its file, without its last line end, and remembered") {
  const TemporaryFile file("secret", "open\nsesame\n");
  const Loaded loaded = load("k=${file:" + file.path().string() + "}", "");
  CHECK(value_of(loaded) == "k=open\nsesame");
  CHECK(loaded.spec.secrets == std::vector<std::string>{"open\nsesame"});
}

TEST_CASE("a secret that is too large, or is no file, is refused") {
  const TemporaryFile file("secret", std::string(100'000, 'x'));
  CHECK(load("${file:" + file.path().string() + "}", "")
            .findings.at(0)
            .message.find("the file is larger than 64KiB") != std::string::npos);
  CHECK(load("${file:/}", "").findings.at(0).message == "`${file:/}`: the file is a directory");
  CHECK(load("${file:/dev/zero}", "").findings.at(0).message.find("is no regular file") !=
        std::string::npos);
}

TEST_CASE("values that grow without end are refused") {
  std::string vars = "{A: xxxxxxxxxx";
  for (char c = 'B'; c <= 'Z'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    vars += std::string(", ") + c + ": \"";
    for (int i = 0; i < 10; ++i) vars += "${" + before + "}";
    vars += "\"";
  }
  const Loaded loaded = load("${Z}", vars + "}");
  REQUIRE(loaded.findings.size() == 1);
  CHECK(loaded.findings[0].message.find("is too large") != std::string::npos);
}

TEST_CASE("an override that the file does not know is a finding, one that it defines is not") {
  LoadOptions options;
  options.overrides = {{"INPT", "x"}};
  CHECK(load("${INPUT:-y}", "", options).findings.at(0).hint == "did you mean `INPUT`?");
  CHECK(load("y", "{INPT: z}", options).findings.empty());
}

TEST_CASE("what comes from outside has to be UTF-8") {
  const Loaded loaded = load("${X}", "", environment("X", "caf\xe9"));
  REQUIRE(loaded.findings.size() == 1);
  CHECK(loaded.findings[0].message == "the environment's `X` is no UTF-8");
  CHECK(loaded.findings[0].hint == "give it with --set X=VALUE");
  LoadOptions options;
  options.overrides = {{"X", "caf\xe9"}};
  REQUIRE_FALSE(load("${X:-}", "", options).findings.empty());
  CHECK(load("${X:-}", "", options).findings[0].message == "the value of `X` is no UTF-8");
}
