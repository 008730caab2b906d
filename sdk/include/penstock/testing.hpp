// Runs a task in a unit test, without an engine:
//
//   penstock::Plugin plugin;
//   plugin.transform<Grep>("grep", "").output<std::string_view>("rejects", "");
//   penstock::Rig rig(plugin, "grep", {{"pattern", "a+"}});
//   rig.open();
//   rig.run("banana");
//   rig.emitted<std::string>();  // {"banana"}
//
// Further: rig.run("left", value) gives a value to a named input, rig.run_batch(values) several in
// one call; rig.emitted<T>("rejects"), rig.keys() and rig.made_from() are what came of it.
//
// A Rig drives one instance through its C table, as a worker does, and keeps what it emits,
// answers, logs and fails with. Its functions return false where the task failed; failure() says
// how. Values are converted to the type that the task takes, as on an edge of a pipeline. A test
// that is linked with a whole plugin names it in place of the Plugin: penstock_plugin. One thread.
#pragma once

#include <penstock/block.hpp>
#include <penstock/plugin.hpp>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE Rig {
 public:
  // Parameters as they would stand in a pipeline file; a list has one pair for each of its values.
  using Settings = std::vector<std::pair<std::string, std::string>>;

  enum class Way { copied, passed_on, loaned };  // how a value was emitted

  struct Emission {
    std::string output;  // empty: the main one
    sdk::Block block;
    std::string key;
    Way way;
    std::size_t item;  // of the call that it was made from; PENSTOCK_ALL_ITEMS: of all
    Bytes value() const { return block.bytes(); }
  };
  struct Failure {
    std::uint32_t kind = PENSTOCK_FAIL_ERROR;
    std::string text;
  };

  Rig(Plugin& plugin, std::string_view task, const Settings& settings = {})
      : Rig(plugin.table(), task, settings) {}

  Rig(const penstock_plugin_info& plugin, std::string_view task, const Settings& settings = {})
      : Rig(table_of(plugin), task, settings) {}

  // Throws std::invalid_argument if there is no such task or parameter.
  Rig(const penstock_table& table, std::string_view name, const Settings& settings = {})
      : task_(find(table, name)) {
    host_.size = sizeof host_;
    host_.self = this;
    host_.emit = [](void* self, std::uint32_t output, penstock_bytes value, penstock_bytes key) {
      return of(self).emit(output, view(value), view(key));
    };
    host_.loan = [](void* self, std::size_t size) -> void* {
      return of(self).loans_.emplace_back(sdk::Block(size), false).first.data();
    };
    host_.fail = [](void* self, std::uint32_t kind, penstock_text text) {
      of(self).failure_ = Failure{kind, std::string(text.data, text.size)};
    };
    host_.answer = [](void* self, penstock_bytes bytes) -> std::int32_t {
      of(self).answer_ = Snapshot(view(bytes));
      return PENSTOCK_OK;
    };
    host_.log = [](void* self, std::uint32_t, penstock_text text) {
      of(self).logs_.emplace_back(text.data, text.size);
    };
    host_.progress = [](void* self, double done, double total) {
      of(self).progress_ = {done, total};
    };
    host_.cancelled = [](void* self) -> std::int32_t { return of(self).cancelled_; };
    host_.item_id = [](void* self) { return sdk::c_text(of(self).item_id_); };
    host_.input = [](void* self, penstock_bytes* bytes, std::int32_t* end) -> std::int32_t {
      const std::string_view rest = std::string_view(of(self).input_).substr(of(self).consumed_);
      *bytes = {rest.data(), rest.size()};
      *end = of(self).input_ended_;
      return PENSTOCK_OK;
    };
    host_.consume = [](void* self, std::size_t size) { of(self).consumed_ += size; };
    host_.output = [](void* self) -> std::int32_t { return of(self).output_fd_; };
    host_.extension = [](void*, penstock_text) -> const void* { return nullptr; };
    host_.instance_id = [](void* self) { return sdk::c_text(of(self).instance_id_); };
    host_.forced = [](void* self) -> std::int32_t { return of(self).forced_; };
    host_.made_from = [](void* self, std::size_t item) { of(self).made_from_ = item; };
    create(settings);
  }

  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;
  ~Rig() {
    if (instance_ != nullptr) task_.destroy(instance_);
  }

  const penstock_task& task() const { return task_; }
  bool created() const { return instance_ != nullptr; }

  // ---- what the engine would do ----

  bool restore(const Snapshot& snapshot) {
    return guarded([&] { return task_.restore(instance_, &host_, c_bytes(snapshot.bytes())); });
  }

  bool open(Epoch last = {}, const Snapshot& at = {}) {
    if (task_.open == nullptr) return created();
    return guarded(
        [&] { return task_.open(instance_, &host_, c_epoch(last), c_bytes(at.bytes()), &held_); });
  }
  Epoch held() const { return held_; }  // what `open` of a sink answered

  bool run(std::string_view text) { return run<std::string_view>(text); }

  template <class T>
  requires(!std::convertible_to<const T&, std::string_view> ||
           std::same_as<T, std::string_view>) bool run(const T& value) {
    return run_batch(std::span(&value, 1));
  }

  // On a named input. Throws std::invalid_argument if the task has none of that name.
  bool run(std::string_view input, std::string_view text) {
    return run<std::string_view>(input, text);
  }
  template <class T>
  requires(!std::convertible_to<const T&, std::string_view> ||
           std::same_as<T, std::string_view>) bool run(std::string_view input, const T& value) {
    return give(std::span(&value, 1), find_port(task_.inputs, task_.input_count, input, "input"));
  }

  // Several items in one call.
  template <class T, std::size_t N>
  bool run_batch(std::span<const T, N> values) {
    return give(std::span<const T>(values), 0);
  }

  bool produce(std::size_t want) {
    return guarded([&] {
      const std::int32_t result = task_.produce(instance_, &host_, want);
      ended_ = result == PENSTOCK_END;
      return ended_ ? PENSTOCK_OK : result;
    });
  }
  bool ended() const { return ended_; }

  // Asks for `want` items at a time until the source ends or fails.
  bool drain(std::size_t want = 16) {
    while (!ended_) {
      if (!produce(want)) return false;
    }
    return true;
  }

  std::optional<std::uint64_t> total() {
    if (task_.total == nullptr) return std::nullopt;
    const std::uint64_t total = task_.total(instance_, &host_);
    return total == UINT64_MAX ? std::nullopt : std::optional(total);
  }

  bool snapshot() {
    return guarded([&] { return task_.snapshot(instance_, &host_); });
  }
  bool commit(Epoch epoch) {
    return guarded([&] { return task_.commit(instance_, &host_, c_epoch(epoch)); });
  }
  const Snapshot& answer() const { return answer_; }  // of the last snapshot or commit

  bool finish() {
    if (task_.finish == nullptr) return true;
    return guarded([&] { return task_.finish(instance_, &host_); });
  }
  bool close() {
    if (task_.close == nullptr) return true;
    return guarded([&] { return task_.close(instance_, &host_); });
  }

  // ---- what the task is given ----

  void feed(std::string_view text, bool end) {  // to the standard input
    input_ += text;
    input_ended_ = end;
  }
  void give_key(std::string_view key) { key_ = key; }  // of the items from here on
  void give_attempt(std::uint32_t attempt) { attempt_ = attempt; }
  void cancel() { cancelled_ = 1; }
  void give_output(int fd) { output_fd_ = fd; }
  void force() { forced_ = true; }                           // as a run that is resumed by force
  void identify(std::string_view id) { instance_id_ = id; }  // as another run, or stage
  void limit_output(std::size_t emissions) { limit_ = emissions; }  // the next one is refused

  // ---- what it did ----

  const std::optional<Failure>& failure() const { return failure_; }  // of the last call
  const std::deque<Emission>& emissions() const { return emissions_; }
  void clear() { emissions_.clear(); }

  // The values on an output, in order. Views point into the rig, until clear(). Throws
  // std::invalid_argument, as those below, if the task has no output of that name.
  template <class T>
  std::vector<T> emitted(std::string_view output = {}) const {
    return each<T>(output, [](const Emission& one) { return sdk::Wire<T>::decode(one.value()); });
  }
  // Their keys; empty where there is none.
  std::vector<std::string> keys(std::string_view output = {}) const {
    return each<std::string>(output, [](const Emission& one) { return one.key; });
  }
  // Of a call with several items: the one that each was made from, or PENSTOCK_ALL_ITEMS.
  std::vector<std::size_t> made_from(std::string_view output = {}) const {
    return each<std::size_t>(output, [](const Emission& one) { return one.item; });
  }
  std::vector<Way> ways(std::string_view output = {}) const {
    return each<Way>(output, [](const Emission& one) { return one.way; });
  }

  const std::vector<std::string>& logs() const { return logs_; }
  std::pair<double, double> progress() const { return progress_; }
  std::size_t consumed() const { return consumed_; }

 private:
  static Rig& of(void* self) { return *static_cast<Rig*>(self); }
  static Bytes view(penstock_bytes bytes) {
    return {static_cast<const std::byte*>(bytes.data), bytes.size};
  }
  static penstock_bytes c_bytes(Bytes bytes) { return {bytes.data(), bytes.size()}; }
  static penstock_epoch c_epoch(Epoch epoch) {
    std::uint32_t flags = 0;
    if (epoch.sync) flags |= PENSTOCK_EPOCH_SYNC;
    if (epoch.last) flags |= PENSTOCK_EPOCH_LAST;
    return {epoch.number, flags, 0};
  }

  static const penstock_table& table_of(const penstock_plugin_info& plugin) {
    penstock_text reason{};
    const penstock_table* table = plugin.describe(&reason);
    if (table == nullptr) throw std::invalid_argument(std::string(reason.data, reason.size));
    return *table;
  }

  static const penstock_task& find(const penstock_table& table, std::string_view name) {
    for (const penstock_task& task : std::span(table.tasks, table.task_count)) {
      if (std::string_view(task.name.data, task.name.size) == name) return task;
    }
    throw std::invalid_argument("there is no task '" + std::string(name) + "'");
  }

  // The index of a port.
  static std::size_t find_port(const penstock_port* ports, std::size_t count, std::string_view name,
                               const char* what) {
    for (std::size_t i = 0; i != count; ++i) {
      if (std::string_view(ports[i].name.data, ports[i].name.size) == name) return i;
    }
    throw std::invalid_argument(std::string("the task has no ") + what + " '" + std::string(name) +
                                "'");
  }

  template <class T, class F>
  std::vector<T> each(std::string_view output, F f) const {
    find_port(task_.outputs, task_.output_count, output, "output");
    std::vector<T> all;
    for (const Emission& emission : emissions_) {
      if (emission.output == output) all.push_back(f(emission));
    }
    return all;
  }

  template <class T>
  bool give(std::span<const T> values, std::size_t input) {
    std::vector<penstock_item> items;
    inputs_.clear();
    for (const T& value : values) {
      const Bytes bytes = inputs_.emplace_back(encode(value, task_.inputs[input])).bytes();
      items.push_back(
          {c_bytes(bytes), c_bytes(as_bytes(key_)), static_cast<std::uint32_t>(input), attempt_});
    }
    item_id_ = "rig:" + std::to_string(runs_++);
    return guarded([&] { return task_.run(instance_, &host_, items.data(), items.size()); });
  }

  const penstock_param& find_param(const std::string& name) const {
    for (const penstock_param& param : std::span(task_.params, task_.param_count)) {
      if (std::string_view(param.name.data, param.name.size) == name) return param;
    }
    throw std::invalid_argument("there is no parameter '" + name + "'");
  }

  void create(const Settings& settings) {
    std::deque<std::vector<penstock_scalar>> values;
    std::vector<penstock_argument> arguments;
    for (const auto& [name, text] : settings) {
      const penstock_param& param = find_param(name);
      auto argument = std::ranges::find_if(arguments, [&](const penstock_argument& one) {
        return one.name.data == param.name.data;
      });
      if (argument == arguments.end()) {
        values.emplace_back();
        argument = arguments.insert(argument, {param.name, param.kind, 0, nullptr, 0});
      }
      auto& list = values[static_cast<std::size_t>(argument - arguments.begin())];
      list.push_back(sdk::scalar_from(param, text));
      argument->values = list.data();
      argument->count = list.size();
    }
    instance_ = task_.create(task_.self, &host_, arguments.data(), arguments.size());
  }

  template <class F>
  bool guarded(F f) {
    failure_.reset();
    loans_.clear();
    made_from_ = PENSTOCK_ALL_ITEMS;
    if (instance_ == nullptr) throw std::logic_error("the instance could not be created");
    return f() == PENSTOCK_OK;
  }

  template <class T>
  static sdk::Block encode(const T& value, const penstock_port& input) {
    const auto declared = input.type;
    const std::optional<Type> to = parse_type({declared.data, declared.size});
    const std::optional<Type> from = parse_type(sdk::Wire<T>::type());
    if (!to || !from || !accepts(*to, *from)) {
      throw std::invalid_argument("the task takes " + std::string(declared.data, declared.size) +
                                  ", not " + sdk::Wire<T>::type());
    }
    std::string scratch;
    std::optional<sdk::Block> block;
    sdk::Wire<T>::encode(value, scratch, [&](Bytes bytes) { block.emplace(bytes); });
    if (same_layout(*to, *from)) return std::move(*block);
    std::string converted;
    std::string error;
    if (!convert(*to, *from, block->bytes(), converted, error)) throw std::invalid_argument(error);
    return sdk::Block(as_bytes(converted));
  }

  std::int32_t emit(std::uint32_t output, Bytes value, Bytes key) {
    if (emissions_.size() >= limit_) {
      failure_ = Failure{PENSTOCK_FAIL_ERROR, "the rig's limit of emissions is reached"};
      return PENSTOCK_FAILED;
    }
    Way way = Way::copied;
    for (auto& [block, given] : loans_) {
      if (!given && block.holds(value.data())) {
        way = Way::loaned;
        given = true;
      }
    }
    for (const sdk::Block& input : inputs_) {
      if (input.holds(value.data())) way = Way::passed_on;
    }
    const auto* input_end = input_.data() + input_.size();
    const auto* at = reinterpret_cast<const char*>(value.data());
    if (std::less_equal<>()(static_cast<const char*>(input_.data()), at) &&
        std::less<>()(at, input_end)) {
      way = Way::passed_on;
    }
    const penstock_text name = task_.outputs[output].name;
    emissions_.push_back({std::string(name.data, name.size), sdk::Block(value),
                          std::string(as_text(key)), way, made_from_});
    return PENSTOCK_OK;
  }

  const penstock_task& task_;
  penstock_host host_{};
  void* instance_ = nullptr;
  std::uint64_t held_ = 0;
  bool ended_ = false;
  std::size_t runs_ = 0;
  std::string item_id_;
  std::string key_;
  std::uint32_t attempt_ = 1;
  std::size_t made_from_ = PENSTOCK_ALL_ITEMS;
  std::vector<sdk::Block> inputs_;
  std::vector<std::pair<sdk::Block, bool>> loans_;  // and whether it was emitted
  std::deque<Emission> emissions_;
  std::optional<Failure> failure_;
  Snapshot answer_;
  std::vector<std::string> logs_;
  std::pair<double, double> progress_{};
  std::int32_t cancelled_ = 0;
  bool forced_ = false;
  std::size_t limit_ = SIZE_MAX;
  std::string input_;
  std::size_t consumed_ = 0;
  bool input_ended_ = false;
  int output_fd_ = -1;
  std::string instance_id_ = "rig/task";
};

}  // namespace penstock
