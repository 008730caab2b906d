// The header for authors of plugins. A plugin is a shared library:
//
//   #include <penstock/plugin.hpp>
//
//   PENSTOCK_PLUGIN("math", "1.0.0", "arithmetic for everyone") {
//     plugin.transform("square", "the square of a number", [](std::int64_t x) { return x * x; });
//   }
//
//   g++ -std=c++20 -shared -fPIC -I sdk/include -o libmath.so math.cpp
//
// A task is a function, or a struct where it has parameters or state. Its functions, of which only
// `run` (a source: `produce`) has to be there; Context& may be the last argument of each:
//
//   void params(Params&)                               params.hpp
//   void open()                                        once for an instance; close() likewise
//   R run(value...)                                    or void run(value..., Emit<T>& out)
//   void run(std::span<const Value>, Emit<T>& out)     several items at once
//   bool produce(std::size_t want, Emit<T>& out)       false: the end
//   std::optional<std::uint64_t> size()                source: how many items there will be
//   void finish(Emit<T>& out)                          stateful: after the last item
//   Snapshot snapshot(); void restore(Snapshot)        source, stateful
//   Epoch open(Epoch last, Snapshot at); Snapshot commit(Epoch); void finish()      sink
//
// A transform, stateful task or sink with several named inputs has a function for each of them in
// place of `run`, in the same forms, and is registered with .input<&Task::left>("left", "about").
//
// Returning std::optional emits nothing where it is empty; where several items are taken at once,
// a std::vector holds the value for each of them. What fails throws (errors.hpp).
#pragma once

#if __cplusplus < 202002L
#error "Penstock plugins are C++20: add -std=c++20"
#endif

#include <penstock/completion.hpp>
#include <penstock/instance.hpp>

#include <deque>

namespace penstock PENSTOCK_HIDDEN {

// A task as it is being registered.
template <class T, penstock_kind Kind>
class PENSTOCK_TYPE Registration {
 public:
  explicit Registration(sdk::TaskRecord& record) : record_(record) {}

  // A further output, which is emitted to by `out.to("name")`.
  template <class Value>
  Registration& output(std::string_view name, std::string_view about) {
    record_.outputs.push_back(
        {std::string(name), sdk::Wire<Value>::type(), std::string(about), &sdk::type_tag<Value>});
    return *this;
  }

  // One of several inputs of a struct without `run`: what comes there is given to Function, a
  // member function in one of the forms of `run` for single items.
  template <auto Function>
  Registration& input(std::string_view name, std::string_view about) {
    sdk::Instance<T, Kind>::template describe_input<Function>(record_, name, about);
    return *this;
  }

 private:
  sdk::TaskRecord& record_;
};

// The tasks of one plugin, as they are described to the engine.
class PENSTOCK_TYPE Plugin {
 public:
  template <class T>
  Registration<T, PENSTOCK_SOURCE> source(std::string_view name, std::string_view about) {
    return add<T, PENSTOCK_SOURCE>(name, about);
  }
  template <class F>
  auto source(std::string_view name, std::string_view about, F function) {
    return add<PENSTOCK_SOURCE>(name, about, std::move(function));
  }
  template <class T>
  Registration<T, PENSTOCK_TRANSFORM> transform(std::string_view name, std::string_view about) {
    return add<T, PENSTOCK_TRANSFORM>(name, about);
  }
  template <class F>
  auto transform(std::string_view name, std::string_view about, F function) {
    return add<PENSTOCK_TRANSFORM>(name, about, std::move(function));
  }
  template <class T>
  Registration<T, PENSTOCK_STATEFUL> stateful(std::string_view name, std::string_view about) {
    return add<T, PENSTOCK_STATEFUL>(name, about);
  }
  template <class F>
  auto stateful(std::string_view name, std::string_view about, F function) {
    return add<PENSTOCK_STATEFUL>(name, about, std::move(function));
  }
  template <class T>
  Registration<T, PENSTOCK_SINK> sink(std::string_view name, std::string_view about) {
    return add<T, PENSTOCK_SINK>(name, about);
  }
  template <class F>
  auto sink(std::string_view name, std::string_view about, F function) {
    return add<PENSTOCK_SINK>(name, about, std::move(function));
  }

  // Throws std::logic_error where the engine could not tell two things apart or name one.
  const penstock_table& table() {
    c_tasks_.clear();
    for (std::size_t i = 0; i != tasks_.size(); ++i) {
      check(tasks_[i]);
      for (std::size_t k = 0; k != i; ++k) {
        if (tasks_[k].name == tasks_[i].name) refuse("two tasks are named", tasks_[i].name);
      }
      c_tasks_.push_back(tasks_[i].table());
    }
    table_ = {sizeof table_, sizeof(penstock_task), c_tasks_.data(), c_tasks_.size()};
    return table_;
  }

  static bool is_name(std::string_view text) {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, [&](char c) {
      return letter(c) || (c >= '0' && c <= '9') || c == '_';
    });
  }

 private:
  template <class T, penstock_kind Kind>
  Registration<T, Kind> add(std::string_view name, std::string_view about) {
    sdk::TaskRecord& record = tasks_.emplace_back();
    record.name = name;
    record.about = about;
    sdk::Instance<T, Kind>::describe(record);
    return Registration<T, Kind>(record);
  }

  template <penstock_kind Kind, class F>
  auto add(std::string_view name, std::string_view about, F function) {
    const auto registration = add<sdk::FunctionTask<F>, Kind>(name, about);
    tasks_.back().function = std::make_shared<const F>(std::move(function));
    return registration;
  }

  [[noreturn]] static void refuse(std::string_view what, std::string_view name) {
    throw std::logic_error(std::string(what) + " '" + std::string(name) + "'");
  }

  template <class Records>
  static void check_names(const std::string& task, const Records& records, const char* what) {
    for (auto one = records.begin(); one != records.end(); ++one) {
      const std::string place = "task '" + task + "': ";
      if (!is_name(one->name)) refuse(place + what + " is not named [a-z][a-z0-9_]*:", one->name);
      if (std::any_of(records.begin(), one, [&](auto& r) { return r.name == one->name; })) {
        refuse(place + what + " is declared twice:", one->name);
      }
    }
  }

  static void check(const sdk::TaskRecord& task) {
    if (!is_name(task.name)) refuse("a task is not named [a-z][a-z0-9_]*:", task.name);
    if (task.inputs.empty() && task.functions.kind != PENSTOCK_SOURCE) {
      refuse("a task has neither a function run nor an .input<&Task::function>(name, about):",
             task.name);
    }
    const bool one_input = task.inputs.size() == 1 && task.inputs.front().run == nullptr;
    if (!one_input) check_names(task.name, task.inputs, "an input");
    std::span<const sdk::Output> outputs(task.outputs);
    if (!outputs.empty() && outputs.front().name.empty()) outputs = outputs.subspan(1);
    if (!outputs.empty() && outputs.size() == task.outputs.size()) {
      refuse("a task with named outputs has no main one:", task.name);
    }
    check_names(task.name, outputs, "an output");
    check_names(task.name, task.params, "a parameter");
  }

  std::deque<sdk::TaskRecord> tasks_;
  std::vector<penstock_task> c_tasks_;
  penstock_table table_{};
};

namespace sdk {

template <void (*Register)(Plugin&)>
const penstock_table* describe(penstock_text* error) noexcept {
  static Plugin plugin;
  static const penstock_table* table = nullptr;
  static std::string reason;
  if (table != nullptr) return table;
  try {
    if (!Plugin::is_name({penstock_plugin.name.data, penstock_plugin.name.size})) {
      throw std::logic_error("the plugin is not named [a-z][a-z0-9_]*");
    }
    Register(plugin);
    table = &plugin.table();
  } catch (const std::exception& failure) {
    reason = failure.what();
  } catch (...) {
    reason = "an exception of type " + current_exception_type();
  }
  if (error != nullptr) *error = c_text(reason);
  return table;
}

constexpr penstock_text literal(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace sdk
}  // namespace penstock

// Followed by a body in which `plugin` is a penstock::Plugin&. Once in a library.
#define PENSTOCK_PLUGIN(NAME, VERSION, ABOUT)                      \
  static void penstock_register_tasks(::penstock::Plugin& plugin); \
  extern "C" constexpr penstock_plugin_info penstock_plugin = {    \
      sizeof(penstock_plugin_info),                                \
      PENSTOCK_ABI_MAJOR,                                          \
      PENSTOCK_ABI_MINOR,                                          \
      0,                                                           \
      PENSTOCK_MAGIC,                                              \
      ::penstock::sdk::literal(NAME),                              \
      ::penstock::sdk::literal(VERSION),                           \
      ::penstock::sdk::literal(ABOUT),                             \
      &::penstock::sdk::describe<&penstock_register_tasks>,        \
      nullptr};                                                    \
  static void penstock_register_tasks([[maybe_unused]] ::penstock::Plugin& plugin)
