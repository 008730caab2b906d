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

struct InputRecord {
  std::string name;  // empty: the one of a task with `run`
  std::string type;
  std::string about;
  void (*run)(void* instance, const penstock_item& item) = nullptr;  // of a named one
};

struct TaskRecord {
  std::string name;
  std::string about;
  std::vector<InputRecord> inputs;  // none for a source
  std::vector<Output> outputs;
  bool emits = false;  // some function of it takes an Emit, and may so give keys
  std::vector<ParamRecord> params;
  std::shared_ptr<const void> function;  // what is copied for each instance of a FunctionTask
  penstock_task functions{};             // kind, flags and functions alone

  // What the table points at besides.
  std::vector<penstock_port> ports;
  std::vector<penstock_param> c_params;
  std::vector<std::vector<penstock_text>> choices;

  penstock_task table() {
    const auto add_port = [&](const auto& port, std::uint32_t flags) {
      ports.push_back(
          {sizeof(penstock_port), flags, c_text(port.name), c_text(port.type), c_text(port.about)});
    };
    ports.clear();
    for (const InputRecord& input : inputs) add_port(input, 0);
    for (const Output& output : outputs) add_port(output, emits ? 0 : PENSTOCK_PORT_KEYLESS);
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
    task.input_count = inputs.size();
    task.outputs = ports.data() + inputs.size();
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
  static constexpr bool is_function = false;
  static constexpr bool is_pointer = false;  // to a function, known only when it runs
  static T make(const TaskRecord&) { return T{}; }
  template <penstock_kind Kind>
  static constexpr auto work() {
    if constexpr (Kind == PENSTOCK_SOURCE) {
      static_assert(has_produce<T>,
                    "penstock: a source has bool produce(std::size_t want, Emit<T>& out)");
      return &T::produce;
    } else {
      return &T::run;
    }
  }
  static T& target(T& task) { return task; }
};

template <class F>
struct Body<FunctionTask<F>> {
  static constexpr bool is_function = true;
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
  static constexpr bool batch = false;
  static constexpr bool emits = true;
};

// Of a struct without `run`, whose inputs are registered one by one.
struct InputsShape {
  using Output = void;
  static constexpr bool batch = false;
  static constexpr bool emits = false;
};

template <class T, penstock_kind Kind>
inline constexpr bool takes_inputs =
    Kind != PENSTOCK_SOURCE && !Body<T>::is_function && !has_run<T>;

template <class T, penstock_kind Kind>
constexpr auto shape_of() {
  if constexpr (takes_inputs<T, Kind>) {
    return std::type_identity<InputsShape>{};
  } else if constexpr (Kind == PENSTOCK_SOURCE) {
    return std::type_identity<SourceShape<decltype(Body<T>::template work<Kind>())>>{};
  } else {
    return std::type_identity<RunShape<decltype(Body<T>::template work<Kind>())>>{};
  }
}

}  // namespace sdk
}  // namespace penstock
