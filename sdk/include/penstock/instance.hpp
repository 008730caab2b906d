// Turns a C++ task into the functions of its C table (<penstock/plugin.h>). An Instance is what
// `create` makes; it owns the task's state. Calls come on one thread, one after the other; whatever
// is thrown ends as a failure of the call. A task whose functions do not fit together is refused at
// compile time.
#pragma once

#include <penstock/sync_binding.hpp>
#include <penstock/task.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T, penstock_kind Kind>
class Instance {
  using Shape = typename decltype(shape_of<T, Kind>())::type;
  using RunOutput = typename Shape::Output;
  using FinishOutput = typename FinishEmits<T>::type;
  using Output = std::conditional_t<std::is_void_v<RunOutput>, FinishOutput, RunOutput>;

  static_assert(std::is_void_v<FinishOutput> || std::same_as<FinishOutput, Output>,
                "penstock: run and finish of a task emit values of one type");
  static_assert(Kind != PENSTOCK_SINK || std::is_void_v<Output>, "penstock: a sink emits nothing");
  static_assert(has_snapshot<T> == has_restore<T>, "penstock: snapshot and restore come together");
  static_assert(!has_snapshot<T> || Kind == PENSTOCK_SOURCE || Kind == PENSTOCK_STATEFUL,
                "penstock: only sources and stateful tasks have snapshots");
  static_assert(!has_commit<T> || (Kind == PENSTOCK_SINK && has_open<T>),
                "penstock: a sink with commit has Epoch open(Epoch last, Snapshot at)");
  static_assert(!has_finish<T> || Kind == PENSTOCK_STATEFUL || Kind == PENSTOCK_SINK,
                "penstock: only stateful tasks and sinks are finished");
  static_assert(!has_size<T> || Kind == PENSTOCK_SOURCE, "penstock: only a source has a size");

 public:
  explicit Instance(const TaskRecord& record)
      : record_(record), task_(Body<T>::make(record)), call_(record.outputs) {}

  static void describe(TaskRecord& record) {
    if constexpr (Kind != PENSTOCK_SOURCE && !takes_inputs<T, Kind>) {
      record.inputs.push_back({"", Wire<typename Shape::Input>::type(), "", nullptr});
    }
    if constexpr (!std::is_void_v<Output>) add_main_output<Output>(record);
    record.emits = Shape::emits || !std::is_void_v<FinishOutput>;
    if constexpr (has_params<T>) {
      T fresh{};
      Params params(record.params);
      fresh.params(params);
    }
    penstock_task& task = record.functions;
    task.kind = Kind;
    task.flags = flags();
    task.create = create;
    task.destroy = destroy;
    if constexpr (has_restore<T>) task.restore = restore;
    if constexpr (has_open<T>) task.open = open;
    if constexpr (Kind == PENSTOCK_SOURCE) {
      task.produce = produce;
    } else {
      task.run = run;
    }
    if constexpr (has_size<T>) task.total = total;
    if constexpr (has_finish<T>) task.finish = finish;
    if constexpr (has_snapshot<T>) task.snapshot = snapshot;
    if constexpr (has_commit<T>) task.commit = commit;
    if constexpr (has_close<T>) task.close = close;
  }

  // One input of a struct without `run`.
  template <auto Function>
  static void describe_input(TaskRecord& record, std::string_view name, std::string_view about) {
    using Method = decltype(Function);
    static_assert(!Body<T>::is_function, "penstock: only a struct has named inputs");
    static_assert(Kind != PENSTOCK_SOURCE, "penstock: a source has no input");
    static_assert(Kind == PENSTOCK_SOURCE || takes_inputs<T, Kind>,
                  "penstock: a task has either a function run or named inputs, not both");
    static_assert(is_member_of<T>(Function),
                  "penstock: an input is a member function of the task: .input<&Task::left>(...)");
    if constexpr (is_member_of<T>(Function)) {
      using Run = RunShape<Method>;
      static_assert(!Run::batch, "penstock: a named input takes one item at a time");
      static_assert(Kind != PENSTOCK_SINK || std::is_void_v<typename Run::Output>,
                    "penstock: a sink emits nothing");
      static_assert(std::is_void_v<FinishOutput> || std::is_void_v<typename Run::Output> ||
                        std::same_as<FinishOutput, typename Run::Output>,
                    "penstock: the inputs and finish of a task emit values of one type");
      record.inputs.push_back({std::string(name), Wire<typename Run::Input>::type(),
                               std::string(about), [](void* instance, const penstock_item& item) {
                                 of(instance).run_one(Function, item);
                               }});
      if constexpr (!std::is_void_v<typename Run::Output>) {
        add_main_output<typename Run::Output>(record);
      }
      record.emits = record.emits || Run::emits;
    }
  }

 private:
  // Before the named ones, whenever they were declared.
  template <class Value>
  static void add_main_output(TaskRecord& record) {
    sdk::Output main{"", Wire<Value>::type(), "", &type_tag<Value>};
    auto& outputs = record.outputs;
    if (outputs.empty() || !outputs.front().name.empty()) {
      outputs.insert(outputs.begin(), std::move(main));
    } else if (outputs.front().type != main.type) {
      throw std::logic_error("the inputs of task '" + record.name +
                             "' emit values of different types: " + outputs.front().type + " and " +
                             main.type);
    }
  }

  static constexpr std::uint32_t flags() {
    std::uint32_t flags = 0;
    if constexpr (has_snapshot<T>) flags |= PENSTOCK_HAS_SNAPSHOT;
    if constexpr (has_commit<T>) flags |= PENSTOCK_HAS_COMMIT;
    if constexpr (Shape::batch) flags |= PENSTOCK_TAKES_BATCH;
    if constexpr (requires { T::atomic_run; }) {
      static_assert(Kind == PENSTOCK_SINK, "penstock: only a sink says that its run is atomic");
      if (T::atomic_run) flags |= PENSTOCK_ATOMIC_RUN;
    }
    if constexpr (requires { T::rolls_back; }) {
      static_assert(has_commit<T>, "penstock: only a sink with commit rolls back");
      if (T::rolls_back) flags |= PENSTOCK_ROLLS_BACK;
    }
    if constexpr (requires { T::reads_input; }) {
      static_assert(Kind == PENSTOCK_SOURCE, "penstock: only a source reads the standard input");
      if (T::reads_input) flags |= PENSTOCK_READS_INPUT;
    }
    return flags;
  }

  static Instance& of(void* instance) { return *static_cast<Instance*>(instance); }
  static Bytes view(penstock_bytes bytes) {
    return {static_cast<const std::byte*>(bytes.data), bytes.size};
  }
  static Epoch epoch_of(penstock_epoch epoch) {
    return {epoch.number, (epoch.flags & PENSTOCK_EPOCH_SYNC) != 0,
            (epoch.flags & PENSTOCK_EPOCH_LAST) != 0};
  }

  // ---- the functions of the table ----

  static void* create(const void* self, const penstock_host* host,
                      const penstock_argument* arguments, std::size_t count) noexcept {
    try {
      bind_sync(*host);
      auto instance = std::make_unique<Instance>(*static_cast<const TaskRecord*>(self));
      if constexpr (has_params<T>) {
        Params params(std::span(arguments, count));
        instance->task_.params(params);
      }
      return instance.release();
    } catch (...) {
      report_exception(*host);
      return nullptr;
    }
  }

  static void destroy(void* instance) noexcept { delete &of(instance); }

  static std::int32_t restore(void* instance, const penstock_host* host,
                              penstock_bytes bytes) noexcept {
    return of(instance).call_.guard(host, [&] {
      Snapshot snapshot(view(bytes));
      call(of(instance).task_, &T::restore, snapshot, of(instance).call_.context());
      return PENSTOCK_OK;
    });
  }

  static std::int32_t open(void* instance, const penstock_host* host, penstock_epoch last,
                           penstock_bytes at, std::uint64_t* held) noexcept {
    return of(instance).call_.guard(host, [&] {
      Epoch epoch = epoch_of(last);
      Snapshot snapshot(view(at));
      const auto opened = [&]() -> decltype(auto) {
        return call(of(instance).task_, &T::open, epoch, snapshot, of(instance).call_.context());
      };
      std::uint64_t holds = last.number;
      if constexpr (std::is_void_v<decltype(opened())>) {
        static_assert(!has_commit<T>,
                      "penstock: open of a sink with commit returns the Epoch held");
        opened();
      } else {
        holds = Epoch(opened()).number;
      }
      if (Kind == PENSTOCK_SINK && held != nullptr) *held = holds;
      return PENSTOCK_OK;
    });
  }

  static std::int32_t run(void* instance, const penstock_host* host, const penstock_item* items,
                          std::size_t count) noexcept {
    return of(instance).call_.guard(host, [&] {
      Instance& self = of(instance);
      const std::span given(items, count);
      if constexpr (Shape::batch) {
        self.run_batch(given);
      } else if constexpr (takes_inputs<T, Kind>) {
        for (const penstock_item& item : given) self.input_of(item).run(instance, item);
      } else {
        for (const penstock_item& item : given) self.run_one(work(self), item);
      }
      return PENSTOCK_OK;
    });
  }

  static std::int32_t produce(void* instance, const penstock_host* host,
                              std::size_t want) noexcept {
    return of(instance).call_.guard(host, [&] {
      Context& context = of(instance).call_.context();
      EmitFor<Output> out(context);
      const bool more =
          call(Body<T>::target(of(instance).task_), work(of(instance)), want, out, context);
      return more ? PENSTOCK_OK : PENSTOCK_END;
    });
  }

  static std::uint64_t total(void* instance, const penstock_host* host) noexcept {
    std::uint64_t total = UINT64_MAX;
    of(instance).call_.guard(host, [&] {
      const std::optional<std::uint64_t> size =
          call(of(instance).task_, &T::size, of(instance).call_.context());
      total = size.value_or(UINT64_MAX);
      return PENSTOCK_OK;
    });
    return total;
  }

  static std::int32_t finish(void* instance, const penstock_host* host) noexcept {
    return of(instance).call_.guard(host, [&] {
      Context& context = of(instance).call_.context();
      EmitFor<Output> out(context);
      call(of(instance).task_, &T::finish, out, context);
      return PENSTOCK_OK;
    });
  }

  static std::int32_t snapshot(void* instance, const penstock_host* host) noexcept {
    return of(instance).call_.guard(host, [&] {
      Call& self = of(instance).call_;
      const Snapshot taken = call(of(instance).task_, &T::snapshot, self.context());
      self.answer(taken.bytes());
      return PENSTOCK_OK;
    });
  }

  static std::int32_t commit(void* instance, const penstock_host* host,
                             penstock_epoch number) noexcept {
    return of(instance).call_.guard(host, [&] {
      Call& self = of(instance).call_;
      Epoch epoch = epoch_of(number);
      const Snapshot at = call(of(instance).task_, &T::commit, epoch, self.context());
      self.answer(at.bytes());
      return PENSTOCK_OK;
    });
  }

  static std::int32_t close(void* instance, const penstock_host* host) noexcept {
    return of(instance).call_.guard(host, [&] {
      call(of(instance).task_, &T::close, of(instance).call_.context());
      return PENSTOCK_OK;
    });
  }

  // ---- runs ----

  static auto work(Instance& self) {
    if constexpr (Body<T>::is_pointer) {
      return Body<T>::target(self.task_);
    } else {
      return Body<T>::template work<Kind>();
    }
  }

  const InputRecord& input_of(const penstock_item& item) const {
    if (item.input < record_.inputs.size()) return record_.inputs[item.input];
    throw std::logic_error("an item came on input " + std::to_string(item.input) +
                           " of a task with " + std::to_string(record_.inputs.size()));
  }

  template <class Method>
  void run_one(Method method, const penstock_item& item) {
    using Run = RunShape<Method>;
    call_.begin({&item, 1});
    decltype(auto) value = Wire<typename Run::Input>::decode(view(item.value));
    if constexpr (Run::single) {
      run_with(method, std::tie(value));
    } else {
      run_with(method, std::apply([](auto&... part) { return std::tie(part...); }, value));
    }
  }

  void run_batch(std::span<const penstock_item> items) {
    std::vector<typename Shape::Input> values;
    values.reserve(items.size());
    for (const penstock_item& item : items) {
      values.push_back(Wire<typename Shape::Input>::decode(view(item.value)));
    }
    std::span<const typename Shape::Input> batch(values);
    call_.begin(items);
    run_with(work(*this), std::tie(batch));
  }

  template <class Method, class Data>
  void run_with(Method method, Data data) {
    using Run = RunShape<Method>;
    EmitFor<typename Run::Output> out(call_.context());
    auto& target = Body<T>::target(task_);
    const auto run = [&]<class... P>(P&&... arguments) -> decltype(auto) {
      if constexpr (std::is_member_function_pointer_v<Method>) {
        return (target.*method)(std::forward<P>(arguments)...);
      } else {
        return method(std::forward<P>(arguments)...);
      }
    };
    using Parameters = typename Run::Parameters;
    if constexpr (std::is_void_v<typename Run::Result>) {
      call_with(run, Parameters{}, data, out, call_.context());
    } else {
      const auto& result = call_with(run, Parameters{}, data, out, call_.context());
      if constexpr (Run::per_item) {
        give_each(result, out);
      } else {
        give(result, out);
      }
    }
  }

  template <class Result, class Out>
  static void give(const Result& result, const Out& out) {
    if constexpr (IsOptional<Result>::value) {
      if (result) out(*result);
    } else {
      out(result);
    }
  }

  template <class Results, class Out>
  void give_each(const Results& results, const Out& out) {
    const std::size_t items = call_.context().items();
    if (results.size() != items) {
      throw std::length_error("the task returned " + std::to_string(results.size()) +
                              " values for " + std::to_string(items) + " items");
    }
    for (std::size_t i = 0; i != items; ++i) {
      give<typename Results::value_type>(results[i], out.of(i));
    }
  }

  const TaskRecord& record_;
  T task_;
  Call call_;
};

}  // namespace sdk
}  // namespace penstock
