#include "plugin/descriptor.hpp"

#include <penstock/plugin.h>

#include "catch.hpp"

using namespace penstock;

namespace {

PluginDescription sample() {
  PluginDescription plugin;
  plugin.path = "/plugins/libtext.so";
  plugin.name = "text";
  plugin.version = "1.0.0";
  plugin.about = "words and lines";
  plugin.build_id = "0123";
  plugin.abi_major = 1;
  TaskDescription source;
  source.name = "lines";
  source.kind = TaskKind::source;
  source.flags = PENSTOCK_HAS_SNAPSHOT;
  source.outputs = {{"", "text", "a line", PENSTOCK_PORT_KEYLESS}};
  ParamDescription size{"size",
                        PENSTOCK_PARAM_SIZE,
                        PENSTOCK_PARAM_HAS_MIN | PENSTOCK_PARAM_HAS_MAX,
                        "how much",
                        "1MiB",
                        {},
                        1,
                        1e9};
  ParamDescription mode{"mode", PENSTOCK_PARAM_ENUM, 0, "how", "fast", {"fast", "slow"}, 0, 0};
  source.params = {size, mode};
  TaskDescription sink;
  sink.name = "write";
  sink.kind = TaskKind::sink;
  sink.inputs = {{"", "text", ""}};
  sink.params = {{"path", PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_OUTPUT, "where to", "", {}, 0, 0}};
  TaskDescription transform;
  transform.name = "count";
  transform.inputs = {{"", "text", ""}, {"more", "any", ""}};
  transform.outputs = {{"", "record{word:text,count:int}", ""}, {"rejects", "text", ""}};
  plugin.tasks = {source, transform, sink};
  return plugin;
}

template <class Change>
std::string refusal(Change change) {
  auto plugin = sample();
  change(plugin);
  const auto checked = check_description(plugin);
  return checked ? "accepted" : checked.error().what();
}

}  // namespace

TEST_CASE("a description goes through bytes and comes back the same") {
  const auto plugin = sample();
  const auto back = decode_description(encode(plugin));
  REQUIRE(back.has_value());
  CHECK(*back == plugin);
  CHECK(back->tasks[0].outputs[0].keyless());
  CHECK_FALSE(back->tasks[1].outputs[0].keyless());
  CHECK(back->tasks[2].params[0].output_file());
  CHECK_FALSE(back->tasks[0].params[0].output_file());
  CHECK(back->find("count") == &back->tasks[1]);
  CHECK(back->find("nothing") == nullptr);
}

TEST_CASE("bytes that are cut, longer or changed are never believed blindly") {
  const std::string bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK(decode_description(bytes.substr(0, size)).has_error());
  }
  CHECK(decode_description(bytes + "x").has_error());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ change);
      if (const auto plugin = decode_description(changed)) {
        CHECK(check_description(*plugin).has_value());
      }
    }
  }
}

TEST_CASE("what does not fit together in a description is named with its place") {
  CHECK(refusal([](PluginDescription&) {}) == "accepted");
  CHECK(refusal([](auto& p) { p.name = "My-Plugin"; }) ==
        "the plugin: 'My-Plugin' is not a name: a lower-case letter, then lower-case letters, "
        "digits and _");
  CHECK(refusal([](auto& p) { p.about = "\xff"; }) == "what it is about is not UTF-8");
  CHECK(refusal([](auto& p) { p.tasks.clear(); }) == "it has no tasks");
  CHECK(refusal([](auto& p) { p.tasks[1].name = "lines"; }) == "two tasks are called 'lines'");
  CHECK(refusal([](auto& p) { p.tasks[0].kind = static_cast<TaskKind>(9); }) ==
        "task 'lines': is of the unknown kind 9");
  CHECK(refusal([](auto& p) { p.tasks[0].inputs = p.tasks[0].outputs; }) ==
        "task 'lines': a source has no input");
  CHECK(refusal([](auto& p) { p.tasks[1].inputs.clear(); }) ==
        "task 'count': a transform needs an input");
  CHECK(refusal([](auto& p) { p.tasks[1].kind = TaskKind::sink; }) ==
        "task 'count': a sink has no output");
  CHECK(refusal([](auto& p) { p.tasks[1].flags = PENSTOCK_HAS_COMMIT; }) ==
        "task 'count': a transform cannot commit: only a sink can");
  CHECK(refusal([](auto& p) { p.tasks[1].flags = PENSTOCK_HAS_SNAPSHOT; }) ==
        "task 'count': a transform has no snapshot: only a source or a stateful task has");
  CHECK(refusal([](auto& p) { p.tasks[1].flags = PENSTOCK_ATOMIC_RUN; }) ==
        "task 'count': a transform has no atomic run: only a sink has");
  CHECK(refusal([](auto& p) { p.tasks[1].flags = PENSTOCK_READS_INPUT; }) ==
        "task 'count': a transform cannot read standard input: only a source can");
  CHECK(refusal([](auto& p) { p.tasks[0].flags = PENSTOCK_TAKES_BATCH; }) ==
        "task 'lines': a source takes nothing, and so no batch");
  CHECK(refusal([](auto& p) {
          p.tasks[0].outputs[0].type = "list<int";
        }).starts_with("task 'lines': output: 'list<int' is not a type: "));
  CHECK(refusal([](auto& p) {
          p.tasks[1].outputs[1].name = "";
        }).starts_with("task 'count': output: '' is not a name"));
  CHECK(refusal([](auto& p) { p.tasks[1].outputs[0].name = "rejects"; }) ==
        "task 'count': two outputs are called 'rejects'");
}

TEST_CASE("what does not fit together in a parameter is named with its place") {
  const auto param = [](auto change) {
    return refusal([&](PluginDescription& p) { change(p.tasks[0].params); });
  };
  CHECK(param([](auto& p) { p[0].name = "Size"; }).starts_with("task 'lines': 'Size' is not a"));
  CHECK(param([](auto& p) { p[0].name = "mode"; }) ==
        "task 'lines': two parameters are called 'mode'");
  CHECK(param([](auto& p) { p[0].kind = 77; }) ==
        "task 'lines': parameter 'size': is of the unknown kind 77");
  CHECK(param([](auto& p) { p[0].minimum = 1e10; }) ==
        "task 'lines': parameter 'size': its minimum is greater than its maximum");
  CHECK(param([](auto& p) { p[0].choices = {"a"}; }) ==
        "task 'lines': parameter 'size': has choices, but is not an enum");
  CHECK(param([](auto& p) { p[1].choices.clear(); }) ==
        "task 'lines': parameter 'mode': is an enum of nothing");
  CHECK(param([](auto& p) { p[1].fallback = "fats"; }) ==
        "task 'lines': parameter 'mode': its default 'fats' is not one of its choices");
}

TEST_CASE("the path of an output is one text") {
  const auto path = [](std::uint32_t kind, std::uint32_t flags) {
    return refusal([&](PluginDescription& p) {
      p.tasks[2].params[0].kind = kind;
      p.tasks[2].params[0].flags = flags;
    });
  };
  const std::string refused =
      "task 'write': parameter 'path': is the path of an output, but not one text";
  CHECK(path(PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_OUTPUT) == "accepted");
  CHECK(path(PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_OUTPUT | PENSTOCK_PARAM_REQUIRED) == "accepted");
  CHECK(path(PENSTOCK_PARAM_INT, PENSTOCK_PARAM_OUTPUT) == refused);
  CHECK(path(PENSTOCK_PARAM_SIZE, PENSTOCK_PARAM_OUTPUT) == refused);
  CHECK(path(PENSTOCK_PARAM_TEXT, PENSTOCK_PARAM_OUTPUT | PENSTOCK_PARAM_LIST) == refused);
}
