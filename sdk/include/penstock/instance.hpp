// Turns a C++ task into the functions of its C table (<penstock/plugin.h>). An Instance is what
// `create` makes; it owns the task's state. Calls come on one thread, one after the other; whatever
// is thrown ends as a failure of the call. A task whose functions do not fit together is refused at
// compile time.
#pragma once

#include <penstock/task.hpp>

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <class T, penstock_kind Kind>
class Instance {
  using Work = decltype(Body<T>::template work<Kind>());
  using Shape =
      typename std::conditional_t<Kind == PENSTOCK_SOURCE, std::type_identity<SourceShape<Work>>,
                                  std::type_identity<RunShape<Work>>>::type;
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
      : task_(Body<T>::make(record)), call_(record.outputs) {}

  static void describe(TaskRecord& record) {
    if constexpr (Kind != PENSTOCK_SOURCE) record.input = Wire<typename Shape::Input>::type();
    if constexpr (!std::is_void_v<Output>) {
      record.outputs.push_back({"", Wire<Output>::type(), "", &type_tag<Output>});
    }
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

 private:
  static constexpr std::uint32_t flags() {
    std::uint32_t flags = 0;
    if constexpr (has_snapshot<T>) flags |= PENSTOCK_HAS_SNAPSHOT;
    if constexpr (has_commit<T>) flags |= PENSTOCK_HAS_COMMIT;
    if constexpr (requires { Shape::batch; }) {
      if constexpr (Shape::batch) flags |= PENSTOCK_TAKES_BATCH;
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
      if constexpr (Shape::batch) {
        of(instance).run_batch(std::span(items, count));
      } else {
        for (const penstock_item& item : std::span(items, count)) of(instance).run_one(item);
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

  void run_one(const penstock_item& item) {
    call_.begin(item);
    decltype(auto) value = Wire<typename Shape::Input>::decode(view(item.value));
    if constexpr (Shape::single) {
      run_with(std::tie(value));
    } else {
      run_with(std::apply([](auto&... part) { return std::tie(part...); }, value));
    }
  }

  void run_batch(std::span<const penstock_item> items) {
    std::vector<typename Shape::Input> values;
    values.reserve(items.size());
    for (const penstock_item& item : items) {
      values.push_back(Wire<typename Shape::Input>::decode(view(item.value)));
    }
    std::span<const typename Shape::Input> batch(values);
    if (!items.empty()) call_.begin(items.front());
    run_with(std::tie(batch));
  }

  template <class Data>
  void run_with(Data data) {
    EmitFor<Output> out(call_.context());
    auto& target = Body<T>::target(task_);
    const auto method = work(*this);
    const auto run = [&]<class... P>(P&&... arguments) -> decltype(auto) {
      if constexpr (std::is_member_function_pointer_v<decltype(method)>) {
        return (target.*method)(std::forward<P>(arguments)...);
      } else {
        return method(std::forward<P>(arguments)...);
      }
    };
    using Parameters = typename Shape::Parameters;
    if constexpr (std::is_void_v<typename Shape::Result>) {
      call_with(run, Parameters{}, data, out, call_.context());
    } else {
      const auto& result = call_with(run, Parameters{}, data, out, call_.context());
      if constexpr (IsOptional<typename Shape::Result>::value) {
        if (result) out(*result);
      } else {
        out(result);
      }
    }
  }

  T task_;
  Call call_;
};

}  // namespace sdk
}  // namespace penstock
