// Tables as no plugin should hand them out: refused, each with what is wrong, and never believed.
#include <penstock/plugin.h>

#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "plugin/describe.hpp"
#include "plugin/library.hpp"

using namespace penstock;

namespace {

penstock_text text(const char* words) {
  return {words, std::strlen(words)};
}

// A plugin with one task, as it should be.
struct Sample {
  penstock_text choices[2]{text("a"), text("b")};
  penstock_param param{};
  penstock_port port{};
  penstock_task task{};
  penstock_table table{};
  penstock_plugin_info info{};
  bool throws = false;

  Sample() {
    param.size = sizeof param;
    param.kind = PENSTOCK_PARAM_ENUM;
    param.name = text("mode");
    param.choices = choices;
    param.choice_count = 2;
    port.size = sizeof port;
    port.type = text("text");
    task.size = sizeof task;
    task.kind = PENSTOCK_TRANSFORM;
    task.name = text("pass");
    task.inputs = &port;
    task.input_count = 1;
    task.outputs = &port;
    task.output_count = 1;
    task.params = &param;
    task.param_count = 1;
    task.create = [](const void*, const penstock_host*, const penstock_argument*,
                     std::size_t) -> void* { return nullptr; };
    task.destroy = [](void*) {};
    task.run = [](void*, const penstock_host*, const penstock_item*, std::size_t) {
      return std::int32_t{PENSTOCK_OK};
    };
    table = {sizeof table, sizeof task, &task, 1};
    info.size = sizeof info;
    info.abi_major = PENSTOCK_ABI_MAJOR;
    info.abi_minor = PENSTOCK_ABI_MINOR;
    info.magic = PENSTOCK_MAGIC;
    info.name = text("sample");
    info.version = text("1.0.0");
  }
};

Sample* described = nullptr;

const penstock_table* describe_sample(penstock_text*) {
  if (described->throws) throw std::runtime_error("no table today");
  return &described->table;
}

std::string refusal(const std::function<void(Sample&)>& change) {
  Sample sample;
  sample.info.describe = describe_sample;
  change(sample);
  described = &sample;
  auto library = Library::of_program(sample.info);
  if (!library) return library.error().what();
  const auto plugin = describe(*library, "/proc/self/exe");
  return plugin ? "accepted" : plugin.error().what();
}

}  // namespace

TEST_CASE("a table of tasks that is not filled in is refused") {
  using Catch::Matchers::Contains;
  CHECK(refusal([](Sample&) {}) == "accepted");
  CHECK_THAT(refusal([](Sample& s) { s.info.magic = 7; }), Contains("is not a plugin's"));
  CHECK_THAT(refusal([](Sample& s) { s.info.describe = nullptr; }), Contains("is incomplete"));
  CHECK_THAT(refusal([](Sample& s) { s.throws = true; }),
             Contains("throws std::runtime_error where it describes its tasks"));
  CHECK_THAT(refusal([](Sample& s) { s.table.size = 4; }),
             Contains("its table of tasks is incomplete"));
  CHECK_THAT(refusal([](Sample& s) { s.table.tasks = nullptr; }),
             Contains("its table of tasks is incomplete"));
  CHECK_THAT(refusal([](Sample& s) { s.table.task_count = SIZE_MAX; }),
             Contains("its table of tasks is incomplete"));
  CHECK_THAT(refusal([](Sample& s) { s.task.size = 8; }),
             Contains("its task number 1 is incomplete"));
  CHECK_THAT(refusal([](Sample& s) { s.task.name.data = nullptr; }),
             Contains("its task number 1 is incomplete"));
}

TEST_CASE("a task whose texts, ports or parameters are not filled in is refused") {
  CHECK(refusal([](Sample& s) {
          s.task.about = {nullptr, 5};
        }) == "task 'pass': a text is without data, or longer than a mebibyte");
  CHECK(refusal([](Sample& s) { s.task.about.size = SIZE_MAX; }) ==
        "task 'pass': a text is without data, or longer than a mebibyte");
  CHECK(refusal([](Sample& s) { s.task.outputs = nullptr; }) ==
        "task 'pass': its outputs are incomplete");
  CHECK(refusal([](Sample& s) { s.param.size = 4; }) ==
        "task 'pass': its parameters are incomplete");
  CHECK(refusal([](Sample& s) { s.param.choices = nullptr; }) ==
        "task 'pass': the choices of parameter 'mode' are incomplete");
  CHECK(refusal([](Sample& s) {
          s.param.kind = PENSTOCK_PARAM_SHARED;
        }).find("does not say which shared object it takes") != std::string::npos);
}
