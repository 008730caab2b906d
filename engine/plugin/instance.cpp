#include "plugin/instance.hpp"

#include <exception>
#include <string>
#include <utility>

namespace penstock {
namespace {

penstock_text c_text(std::string_view text) {
  return {text.data(), text.size()};
}

penstock_bytes c_bytes(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

void fail(const penstock_host& host, const std::string& text) {
  host.fail(host.self, PENSTOCK_FAIL_ERROR, c_text(text));
}

// The contract says that nothing is thrown here; a plugin that does it all the same has failed.
template <class Call, class Value>
Value guarded(const penstock_host& host, Value failed, Call call) {
  try {
    return call();
  } catch (const std::exception& error) {
    fail(host, error.what());
  } catch (...) {
    fail(host, "something that is no std::exception was thrown");
  }
  return failed;
}

CallResult no_result(const penstock_host& host, std::int32_t result) {
  fail(host, "the task returned " + std::to_string(result) + ", which is no result");
  return CallResult::failed;
}

template <class... Parameters>
using Function = std::int32_t (*)(void*, const penstock_host*, Parameters...);

// A function that a task does not have has nothing to do.
template <class... Parameters, class... Values>
CallResult call(const penstock_host& host, Function<Parameters...> function, void* self,
                Values... values) {
  if (function == nullptr) return CallResult::ok;
  const auto result = guarded(host, std::int32_t{PENSTOCK_FAILED},
                              [&] { return function(self, &host, values...); });
  if (result == PENSTOCK_OK) return CallResult::ok;
  return result == PENSTOCK_FAILED ? CallResult::failed : no_result(host, result);
}

// The arguments as the plugin reads them, pointing into what they are made from.
struct Arguments {
  explicit Arguments(const std::vector<Argument>& from) {
    scalars.reserve(from.size());
    for (const Argument& argument : from) {
      auto& values = scalars.emplace_back();
      for (const Scalar& value : argument.values) {
        values.push_back({value.integer, value.real, c_text(value.text)});
      }
      list.push_back({c_text(argument.name), argument.kind, 0, values.data(), values.size()});
    }
  }

  std::vector<std::vector<penstock_scalar>> scalars;
  std::vector<penstock_argument> list;
};

}  // namespace

std::optional<Instance> Instance::create(const penstock_task& task, const penstock_host& host,
                                         const std::vector<Argument>& arguments) {
  const Arguments given(arguments);
  void* self = guarded(host, static_cast<void*>(nullptr), [&] {
    return task.create(task.self, &host, given.list.data(), given.list.size());
  });
  if (self == nullptr) return std::nullopt;
  return Instance(task, host, self);
}

Instance::Instance(Instance&& other) noexcept
    : task_(other.task_), host_(other.host_), self_(std::exchange(other.self_, nullptr)) {}

Instance& Instance::operator=(Instance&& other) noexcept {
  if (this == &other) return *this;
  destroy();
  task_ = other.task_;
  host_ = other.host_;
  self_ = std::exchange(other.self_, nullptr);
  return *this;
}

Instance::~Instance() {
  destroy();
}

void Instance::destroy() {
  if (self_ == nullptr) return;
  guarded(*host_, 0, [&] {
    task_->destroy(self_);
    return 0;
  });
}

CallResult Instance::restore(std::string_view snapshot) {
  return call(*host_, task_->restore, self_, c_bytes(snapshot));
}

CallResult Instance::open(penstock_epoch last, std::string_view at, std::uint64_t& held) {
  held = last.number;
  return call(*host_, task_->open, self_, last, c_bytes(at), &held);
}

CallResult Instance::run(std::span<const penstock_item> items) {
  return call(*host_, task_->run, self_, items.data(), items.size());
}

CallResult Instance::produce(std::size_t want) {
  const auto result = guarded(*host_, std::int32_t{PENSTOCK_FAILED},
                              [&] { return task_->produce(self_, host_, want); });
  if (result == PENSTOCK_OK) return CallResult::ok;
  if (result == PENSTOCK_END) return CallResult::end;
  return result == PENSTOCK_FAILED ? CallResult::failed : no_result(*host_, result);
}

std::optional<std::uint64_t> Instance::total() {
  if (task_->total == nullptr) return std::nullopt;
  const std::uint64_t total =
      guarded(*host_, std::uint64_t{UINT64_MAX}, [&] { return task_->total(self_, host_); });
  if (total == UINT64_MAX) return std::nullopt;
  return total;
}

CallResult Instance::finish() {
  return call(*host_, task_->finish, self_);
}

CallResult Instance::snapshot() {
  return call(*host_, task_->snapshot, self_);
}

CallResult Instance::commit(penstock_epoch epoch) {
  return call(*host_, task_->commit, self_, epoch);
}

CallResult Instance::close() {
  return call(*host_, task_->close, self_);
}

}  // namespace penstock
