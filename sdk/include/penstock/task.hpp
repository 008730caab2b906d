// What a plugin keeps of each of its tasks, and how the two forms of a task, a struct and a
// function, are made and called. A TaskRecord owns everything that its C table points at and lives
// as long as the plugin.
#pragma once

#include <penstock/params.hpp>
#include <penstock/signature.hpp>
#include <penstock/snapshot.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

inline penstock_text c_text(std::string_view text) {
  return {text.data(), text.size()};
}

struct TaskRecord {
  std::string name;
  std::string about;
  std::string input;  // type; empty for a source
  std::vector<Output> outputs;
  std::vector<ParamRecord> params;
  std::shared_ptr<const void> function;  // what is copied for each instance of a FunctionTask
  penstock_task functions{};             // kind, flags and functions alone

  // What the table points at besides.
  std::vector<penstock_port> ports;
  std::vector<penstock_param> c_params;
  std::vector<std::vector<penstock_text>> choices;

  penstock_task table() {
    const auto port = [](std::string_view of, std::string_view type, std::string_view what) {
      return penstock_port{sizeof(penstock_port), 0, c_text(of), c_text(type), c_text(what)};
    };
    ports.clear();
    ports.push_back(port("", input, ""));
    for (const Output& output : outputs) {
      ports.push_back(port(output.name, output.type, output.about));
    }
    c_params.clear();
    choices.clear();
    for (const ParamRecord& param : params) {
      auto& texts = choices.emplace_back();
      for (const std::string& choice : param.choices) texts.push_back(c_text(choice));
      c_params.push_back({sizeof(penstock_param), param.kind, param.flags, 0, c_text(param.name),
                          c_text(param.about), c_text(param.fallback), texts.data(), texts.size(),
                          param.limits.minimum.value_or(0), param.limits.maximum.value_or(0)});
    }
    penstock_task task = functions;
    task.size = sizeof task;
    task.name = c_text(name);
    task.about = c_text(about);
    task.inputs = ports.data();
    task.input_count = input.empty() ? 0 : 1;
    task.outputs = ports.data() + 1;
    task.output_count = outputs.size();
    task.params = c_params.data();
    task.param_count = c_params.size();
    task.self = this;
    return task;
  }
};

// A task that is only a function.
template <class F>
struct FunctionTask {
  F function;
};

// How instances of a task are made, and which of its functions does the work.
template <class T>
struct Body {
  static constexpr bool is_pointer = false;  // to a function, known only when it runs
  static T make(const TaskRecord&) { return T{}; }
  template <penstock_kind Kind>
  static constexpr auto work() {
    if constexpr (Kind == PENSTOCK_SOURCE) {
      static_assert(has_produce<T>,
                    "penstock: a source has bool produce(std::size_t want, Emit<T>& out)");
      return &T::produce;
    } else {
      static_assert(has_run<T>, "penstock: a task has a function run(value, ...)");
      return &T::run;
    }
  }
  static T& target(T& task) { return task; }
};

template <class F>
struct Body<FunctionTask<F>> {
  static constexpr bool is_pointer = std::is_pointer_v<F>;
  static FunctionTask<F> make(const TaskRecord& record) {
    return {*static_cast<const F*>(record.function.get())};
  }
  template <penstock_kind>
  static constexpr auto work() {
    if constexpr (is_pointer) {
      return F{};
    } else {
      static_assert(
          requires { &F::operator(); },
          "penstock: give each argument of a task's function a type instead of auto");
      return &F::operator();
    }
  }
  static F& target(FunctionTask<F>& task) { return task.function; }
};

struct NoEmit {
  explicit NoEmit(Context&) {}
};
template <class T>
struct EmitOf {
  using type = Emit<T>;
};
template <>
struct EmitOf<void> {
  using type = NoEmit;
};
template <class T>
using EmitFor = typename EmitOf<T>::type;

template <class T>
struct FinishEmits {
  using type = void;
};
template <class T>
requires has_finish<T>
struct FinishEmits<T> {
  template <class... P>
  static EmittedBy<P...> of(TypeList<P...>);
  using type = typename decltype(of(typename Signature<decltype(&T::finish)>::Parameters{}))::type;
};

template <class Work>
struct SourceShape {
  template <class... P>
  static EmittedBy<P...> of(TypeList<P...>);
  using Output = typename decltype(of(typename Signature<Work>::Parameters{}))::type;
  static_assert(!std::is_void_v<Output>, "penstock: a source emits: it takes an Emit<T>&");
};

}  // namespace sdk
}  // namespace penstock
