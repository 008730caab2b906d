#include <penstock/testing.hpp>

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "exec/run.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Argv = std::vector<std::string>;

namespace {

struct Photo {
  std::string path;
  std::string who;
  std::int64_t width = 0;
  std::optional<std::string> note;
};
PENSTOCK_FIELDS(Photo, path, who, width, note)

struct Task {
  Plugin plugin;
  Rig rig;

  explicit Task(const Argv& argv, Rig::Settings settings = {})
      : rig(registered(), "run", with(argv, std::move(settings))) {}

  std::vector<std::string> emitted() { return rig.emitted<std::string>(); }
  const Rig::Failure& failure() { return *rig.failure(); }

 private:
  Plugin& registered() {
    plugin.transform<exec::Run>("run", "");
    return plugin;
  }
  static Rig::Settings with(const Argv& argv, Rig::Settings settings) {
    for (const std::string& argument : argv) settings.emplace_back("argv", argument);
    return settings;
  }
};

// What a program is given as its arguments, each between [ and ].
template <class T>
std::string arguments(const Argv& argv, const T& item) {
  Argv printing{"printf", "[%s]"};
  printing.insert(printing.end(), argv.begin(), argv.end());
  Task task(printing);
  REQUIRE(task.rig.open());
  if (!task.rig.run(item)) return task.failure().text;
  return task.emitted().at(0);
}

std::string refused(const Argv& argv, Rig::Settings settings = {}) {
  Task task(argv, std::move(settings));
  REQUIRE_FALSE(task.rig.open());
  CHECK(task.failure().kind == PENSTOCK_FAIL_PERMANENT);
  return task.failure().text;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

bool has_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

std::string large(std::size_t size) {
  std::string text;
  for (std::uint32_t i = 0; text.size() < size; ++i) text += std::to_string(i * 2654435761u) + '\n';
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("the item goes into the arguments of a command") {
  CHECK(arguments({"{}", "a{}b{}"}, std::string("x y")) ==
        "[x y][ax yb"
        "x y]");
  CHECK(arguments({"{/}", "{//}", "{.}", "{/.}"}, std::string("d/e.f/g.tar.gz")) ==
        "[g.tar.gz][d/e.f][d/e.f/g.tar][g.tar]");
  CHECK(arguments({"{/}", "{//}", "{.}", "{/.}"}, std::string("plain")) ==
        "[plain][.][plain][plain]");
  CHECK(arguments({"{//}", "{.}", "{/.}"}, std::string("/.profile")) == "[/][/.profile][.profile]");
  CHECK(arguments({"{#}", "{{}}", "{{{}}}"}, std::string("x")) == "[rig:0][{}][{x}]");
  CHECK(arguments({"{}"}, std::int64_t{-7}) == "[-7]");
  CHECK(arguments({"", "$HOME `id` ; *"}, std::string("x")) == "[][$HOME `id` ; *]");
}

TEST_CASE("fields of a record go into the arguments of a command") {
  const Photo photo{"in/a b.jpg", "Ann", 640, std::nullopt};
  CHECK(arguments({"{path}", "{path/.}-{width}", "{note}"}, photo) == "[in/a b.jpg][a b-640][]");
  CHECK(arguments({"{}"}, photo) ==
        R"([{"path":"in/a b.jpg","who":"Ann","width":640,"note":null}])");
  CHECK_THAT(arguments({"{name}"}, photo),
             StartsWith("the item has no field 'name', only path, who, "
                        "width, note; {{ and }} are braces"));
  CHECK_THAT(arguments({"{print $1}"}, std::string("x")),
             Contains("no field 'print $1' in an item that is no record but text"));
}

TEST_CASE("an argument with a NUL byte is refused") {
  CHECK_THAT(arguments({"{}"}, std::string("a\0b", 3)), Contains("'{}' would have a NUL byte"));
}

TEST_CASE("braces without their other half, and programs that are not there, are refused") {
  CHECK_THAT(refused({"echo", "{a"}), Contains("'{a' has a { without its other half; {{ stands"));
  CHECK_THAT(refused({"echo", "a}"}), Contains("'a}' has a } without its other half; }} stands"));
  CHECK_THAT(refused({"no-such-program"}),
             Contains("no program 'no-such-program' in PATH; install"));
  CHECK_THAT(refused({""}), Contains("first of `argv`, is empty"));
  CHECK_THAT(refused({"echo"}, {{"env", "=x"}}), Contains("'=x' in `env` is not of the form"));
}

TEST_CASE("PATH of `env` is where a program is looked for") {
  const TemporaryFolder folder;
  folder.write("mine", "#!/bin/sh\necho found by $0 $MORE\n");
  const std::string path = "PATH=relative:" + folder.path().string() + ":/usr/bin:/bin";
  CHECK_THAT(refused({"mine"}, {{"env", path}}), Contains("is not allowed to be executed"));
  std::filesystem::permissions("mine", std::filesystem::perms::owner_all);
  Task task({"mine"}, {{"env", path}, {"env", "MORE=a=b"}});
  REQUIRE(task.rig.open());
  REQUIRE(task.rig.run(""));
  CHECK(task.emitted() == Argv{"found by " + (folder.path() / "mine").string() + " a=b"});
}

TEST_CASE("a file that is no program is never given to a shell") {
  const TemporaryFolder folder;
  folder.write("text", "echo executed\n");
  std::filesystem::permissions("text", std::filesystem::perms::owner_all);
  Task task({"./text"});
  REQUIRE(task.rig.open());
  CHECK_FALSE(task.rig.run("x"));
  CHECK(task.failure().kind == PENSTOCK_FAIL_PERMANENT);
  CHECK_THAT(task.failure().text, Contains("nor a script that begins with #!"));
  CHECK(task.emitted().empty());
}

TEST_CASE("the program can be part of the item") {
  Task task({"{}", "-c", "exit 0"});
  REQUIRE(task.rig.open());
  CHECK(task.rig.run("/bin/sh"));
  CHECK_FALSE(task.rig.run("/no/such"));
  CHECK_THAT(task.failure().text,
             Contains("`/no/such` cannot be started: /no/such: No such file or directory"));
}

TEST_CASE("what a command reads") {
  const auto cat = [](Rig::Settings settings, const auto& item, Argv argv = {"cat"}) {
    settings.emplace_back("output", "bytes");
    Task task(argv, settings);
    REQUIRE(task.rig.open());
    REQUIRE(task.rig.run(item));
    return task.emitted().at(0);
  };
  const Photo photo{"p", "w", 1, "n"};
  const std::string json = R"({"path":"p","who":"w","width":1,"note":"n"})";
  CHECK(cat({}, std::string("a\n\n")) == "a\n\n");
  CHECK(cat({}, photo) == json + "\n");
  CHECK(cat({{"stdin", "json"}}, std::string("a\"")) == "\"a\\\"\"\n");
  CHECK(cat({{"content", "who"}}, photo) == "w");
  CHECK(cat({{"stdin", "none"}}, photo).empty());
  const Argv takes{"sh", "-c", "cat; echo \"$1\"", "sh", "{}"};
  CHECK(cat({}, std::string("x"), takes) == "x\n");
  CHECK(cat({{"stdin", "item"}}, std::string("x"), takes) == "xx\n");
}

TEST_CASE("what a command's output becomes") {
  const auto printed = [](const std::string& output, const std::string& item) {
    Task task({"cat"}, {{"output", output}});
    REQUIRE(task.rig.open());
    REQUIRE(task.rig.run(item));
    return task.emitted();
  };
  CHECK(printed("text", "a\n\n") == Argv{"a\n"});
  CHECK(printed("text", "a") == Argv{"a"});
  CHECK(printed("text", "") == Argv{""});
  CHECK(printed("bytes", "a\n") == Argv{"a\n"});
  CHECK(printed("lines", "a\n\nb\n") == Argv{"a", "", "b"});
  CHECK(printed("lines", "a\nb") == Argv{"a", "b"});
  CHECK(printed("lines", "").empty());
  CHECK(printed("none", "a").empty());
  const std::string line(300'000, 'x');
  CHECK(printed("lines", line + "\n\n" + line) == Argv{line, "", line});
}

TEST_CASE("a large input and a large output pass at once, and are not copied again") {
  const std::string text = large(9'000'001);
  Task task({"cat"}, {{"output", "bytes"}});
  REQUIRE(task.rig.open());
  REQUIRE(task.rig.run(text));
  CHECK((task.emitted() == Argv{text}));
  CHECK(task.rig.emissions().front().way == Rig::Way::loaned);
}

TEST_CASE("a command that does not read its input") {
  Task task({"echo", "done"}, {{"stdin", "item"}});
  REQUIRE(task.rig.open());
  CHECK(task.rig.run(large(5'000'000)));
  CHECK(task.emitted() == Argv{"done"});
}

TEST_CASE("a command that closes its output and goes on") {
  Task task({"sh", "-c", "echo early; exec >&- 2>&-; read x; test \"$x\" = 0"});
  REQUIRE(task.rig.open());
  CHECK(task.rig.run(large(1'000'000)));
  CHECK(task.emitted() == Argv{"early"});
}

TEST_CASE("a child that is left behind with the output open is not waited for, but killed") {
  Task task({"sh", "-c", "sleep 1000 & echo $!"});
  REQUIRE(task.rig.open());
  REQUIRE(task.rig.run(""));
  const pid_t left = std::stoi(task.emitted().at(0));
  pollfd end{static_cast<int>(::syscall(SYS_pidfd_open, left, 0)), POLLIN, 0};
  if (end.fd < 0) return;  // gone already
  CHECK(::poll(&end, 1, 10'000) == 1);
  ::close(end.fd);
}

TEST_CASE("statuses and signals are told, with the end of stderr") {
  const auto failure = [](const std::string& script, Rig::Settings settings = {}) {
    Task task({"sh", "-c", script}, std::move(settings));
    REQUIRE(task.rig.open());
    CHECK_FALSE(task.rig.run(""));
    CHECK(task.failure().kind == PENSTOCK_FAIL_ERROR);
    CHECK(task.emitted().empty());
    return task.failure().text;
  };
  CHECK(failure("exit 3") == "`sh` ended with status 3; nothing on its stderr");
  CHECK(failure("echo out; echo why >&2; exit 1") == "`sh` ended with status 1; stderr: why");
  CHECK(failure("kill -SEGV $$") == "`sh` was killed by SIGSEGV; nothing on its stderr");
  CHECK(failure("exit 0", {{"ok", "1"}, {"ok", "2"}}) ==
        "`sh` ended with status 0; nothing on its stderr");
  const std::string tail = failure("seq 100000 >&2; exit 1");
  CHECK_THAT(tail, StartsWith("`sh` ended with status 1; stderr: [...]"));
  CHECK_THAT(tail, EndsWith("\n99999\n100000"));
  CHECK(tail.size() < 4200);
}

TEST_CASE("statuses that are ok") {
  Task task({"sh", "-c", "echo x; exit 2"}, {{"ok", "0"}, {"ok", "2"}});
  REQUIRE(task.rig.open());
  CHECK(task.rig.run(""));
  CHECK(task.emitted() == Argv{"x"});
}

TEST_CASE("an output beyond the limit ends the command") {
  Task task({"yes"}, {{"max_stdout", "1MiB"}});
  REQUIRE(task.rig.open());
  CHECK_FALSE(task.rig.run(""));
  CHECK(task.failure().kind == PENSTOCK_FAIL_PERMANENT);
  CHECK_THAT(task.failure().text, Contains("more than `max_stdout` allows, 1048576 bytes"));
  CHECK_FALSE(has_children());
}

TEST_CASE("lines beyond what may be emitted end the command") {
  Task task({"yes"}, {{"output", "lines"}});
  task.rig.limit_output(3);
  REQUIRE(task.rig.open());
  CHECK_FALSE(task.rig.run(""));
  CHECK_FALSE(has_children());
}

TEST_CASE("a cancelled call starts nothing") {
  Task task({"sleep", "1000"});
  REQUIRE(task.rig.open());
  task.rig.cancel();
  CHECK_FALSE(task.rig.run(""));
  CHECK(task.failure().kind == PENSTOCK_FAIL_TRANSIENT);
}

TEST_CASE("a command has its own group, a clean start and nothing of ours") {
  ::signal(SIGPIPE, SIG_IGN);
  Task task({"sh", "-c", "ls /proc/self/fd | wc -l; grep Sig /proc/self/status; ps -o pgid= -p $$"},
            {{"output", "lines"}});
  REQUIRE(task.rig.open());
  REQUIRE(task.rig.run(""));
  ::signal(SIGPIPE, SIG_DFL);
  const auto lines = task.emitted();
  CHECK(lines.at(0) == "4");  // its three, and that of the folder
  CHECK_THAT(task.emitted(),
             Catch::Matchers::VectorContains(std::string("SigBlk:\t0000000000000000")));
  CHECK_THAT(task.emitted(),
             Catch::Matchers::VectorContains(std::string("SigIgn:\t0000000000000000")));
  CHECK(std::stoi(lines.back()) != ::getpgrp());
}

TEST_CASE("many commands leave no descriptor and no process") {
  Task task({"cat"});
  REQUIRE(task.rig.open());
  REQUIRE(task.rig.run("x"));
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 200; ++i) REQUIRE(task.rig.run("x"));
  CHECK(open_descriptors() == before);
  CHECK_FALSE(has_children());
}

// UndefinedBehaviorSanitizer looks through a pipe whether an object is of its type: with no
// descriptor left for that it takes each exception for damaged.
TEST_CASE("a lack of descriptors is a lack, and leaves nothing", "[no-sanitizer]") {
  Task task({"cat"});
  REQUIRE(task.rig.open());
  REQUIRE(task.rig.run("x"));
  const std::size_t before = open_descriptors();
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int first_free = ::dup(0);
  ::close(first_free);
  for (rlim_t more = 1; more < 9; ++more) {
    const rlimit lower{static_cast<rlim_t>(first_free) + more, limit.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lower);
    const bool ran = task.rig.run("x");
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (ran) break;
    CHECK(task.failure().kind == PENSTOCK_FAIL_LACK);
    CHECK_THAT(task.failure().text, Contains("raise the limit (ulimit -n)"));
  }
  CHECK(open_descriptors() == before);
  CHECK_FALSE(has_children());
}

TEST_CASE("arguments that are too long are told how to be given") {
  Task task({"echo", "{}"});
  REQUIRE(task.rig.open());
  CHECK_FALSE(task.rig.run(std::string(4'000'000, 'x')));
  CHECK(task.failure().kind == PENSTOCK_FAIL_PERMANENT);
  CHECK_THAT(task.failure().text, Contains("give it what is large on its stdin"));
}

TEST_CASE("a folder to run in") {
  const TemporaryFolder folder;
  folder.write("in/x", "");
  Task task({"ls"}, {{"cwd", "in"}});
  REQUIRE(task.rig.open());
  CHECK(task.rig.run(""));
  CHECK(task.emitted() == Argv{"x"});
  Task nowhere({"ls"}, {{"cwd", "nowhere"}});
  REQUIRE(nowhere.rig.open());
  CHECK_FALSE(nowhere.rig.run(""));
  CHECK_THAT(nowhere.failure().text, Contains("in the folder 'nowhere': No such file"));
}
