// What a task can ask of the worker during a call: Context& as the last argument of any of its
// functions. It belongs to the worker, is used on the thread of the call, and is of no use after
// it. Where the worker refuses something, the call ends as failed: what is thrown then should pass
// through.
#pragma once

#include <penstock/packed.hpp>

namespace penstock PENSTOCK_HIDDEN {

namespace sdk {

struct Output {
  std::string name;  // empty: the main one
  std::string type;
  std::string about;
  const void* tag = nullptr;  // type_tag of the C++ type
};

// Its address stands for a type within one plugin.
template <class T>
PENSTOCK_HIDDEN inline const char type_tag = 0;

class Call;

}  // namespace sdk

// What has been read of the engine's standard input and not yet consumed: whole lines, unless the
// input ended without one.
struct PENSTOCK_TYPE Input {
  std::string_view text;
  bool end = false;  // nothing comes after this
};

class PENSTOCK_TYPE Context {
 public:
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void debug(std::string_view text) { log(PENSTOCK_DEBUG, text); }
  void log(std::string_view text) { log(PENSTOCK_INFO, text); }
  void warn(std::string_view text) { log(PENSTOCK_WARNING, text); }

  void progress(double done, double total) { host_->progress(host_->self, done, total); }

  // True when the call should end soon: a time-out, or the end of the run, is near.
  bool cancelled() const { return host_->cancelled(host_->self) != 0; }

  // Such as "chunks:17/counts:0"; lives until the call ends.
  std::string_view item_id() const {
    const penstock_text id = host_->item_id(host_->self);
    return {id.data, id.size};
  }

  // Of this instance and all that take its place, after a death or when the run is resumed; of no
  // other, in no other run. It is what a sink writes its epochs under. Empty where an engine is too
  // old to tell.
  std::string_view instance_id() const {
    if (host_->size < offsetof(penstock_host, instance_id) + sizeof host_->instance_id) return {};
    const penstock_text id = host_->instance_id(host_->self);
    return {id.data, id.size};
  }

  // For `open` of a source that was restored: what it reads is not what it was when the snapshot
  // was taken. Throws Changed, so that resuming the run is refused; where it is resumed by force
  // (`--force`), warns, and the source goes on from its snapshot as well as it can.
  void changed(const std::string& what) {
    constexpr std::size_t end = offsetof(penstock_host, forced) + sizeof host_->forced;
    if (host_->size < end) throw Permanent(what);  // an engine of an older minor version
    if (host_->forced(host_->self) == 0) throw Changed(what);
    warn(what + "; it goes on all the same");
  }

  // How many items the call is given: more than one only where `run` takes a span.
  std::size_t items() const { return items_.size(); }

  // Of the item in hand, or of that one of several; 1 at first.
  std::uint32_t attempt(std::size_t item = 0) const {
    return item == 0 && items_.empty() ? 1 : checked(item).attempt;
  }

  // What the emitting task gave as the key, likewise; empty unless the stage is partitioned.
  Bytes key(std::size_t item = 0) const {
    return item == 0 && items_.empty() ? Bytes{} : bytes_of(checked(item).key);
  }

  // Memory on a multiple of 64 that other processes will see: what is emitted from it is handed on
  // without a copy, once. The task's own until then, or until the call ends.
  std::span<std::byte> loan(std::size_t size) {
    void* block = host_->loan(host_->self, size);
    if (block == nullptr) refused();
    return {static_cast<std::byte*>(block), size};
  }

  // A loaned struct, zeroed.
  template <sdk::Packed T>
  T& loan() {
    void* block = loan(sizeof(T)).data();
    std::memset(block, 0, sizeof(T));
    return *static_cast<T*>(block);
  }

  // For sources with `static constexpr bool reads_input = true`. Empty and not at the end: return
  // from `produce`, to be asked again. Parts of the text can be emitted without a copy.
  Input input() {
    penstock_bytes view{};
    std::int32_t end = 0;
    if (host_->input(host_->self, &view, &end) != PENSTOCK_OK) refused();
    return {{static_cast<const char*>(view.data), view.size}, end != 0};
  }
  void consume(std::size_t size) { host_->consume(host_->self, size); }

  // The engine's standard output, for sinks; -1 elsewhere. Not to be closed.
  int output_fd() const { return host_->output(host_->self); }

  const void* extension(std::string_view name) const {
    return host_->extension(host_->self, {name.data(), name.size()});
  }

 private:
  friend class sdk::Call;
  template <class T>
  friend class Emit;

  explicit Context(std::span<const sdk::Output> outputs) : outputs_(outputs) {}

  static Bytes bytes_of(penstock_bytes bytes) {
    return {static_cast<const std::byte*>(bytes.data), bytes.size};
  }

  void log(penstock_log_level level, std::string_view text) {
    host_->log(host_->self, level, {text.data(), text.size()});
  }

  const penstock_item& checked(std::size_t item) const {
    if (item < items_.size()) return items_[item];
    throw std::out_of_range("there is no item " + std::to_string(item) + " in a call with " +
                            std::to_string(items_.size()));
  }

  void emit(std::uint32_t output, Bytes value, Bytes key, std::size_t item) {
    if (item != made_from_) tell_made_from(item);
    if (host_->emit(host_->self, output, {value.data(), value.size()}, {key.data(), key.size()}) !=
        PENSTOCK_OK) {
      refused();
    }
  }

  // A worker of an older minor version does not ask for it.
  void tell_made_from(std::size_t item) {
    made_from_ = item;
    constexpr std::size_t end = offsetof(penstock_host, made_from) + sizeof host_->made_from;
    if (host_->size >= end) host_->made_from(host_->self, item);
  }

  [[noreturn]] void refused() {
    refused_ = true;
    throw sdk::Recorded{};
  }

  std::span<const sdk::Output> outputs_;
  const penstock_host* host_ = nullptr;  // of the call in hand
  std::span<const penstock_item> items_;
  std::size_t made_from_ = PENSTOCK_ALL_ITEMS;  // as the worker knows it
  bool refused_ = false;                        // holds even if the task swallows what was thrown
  std::string scratch_;
};

namespace sdk {

// The plugin's side of one call into an instance: nothing that is thrown gets past `guard`.
class Call {
 public:
  explicit Call(std::span<const Output> outputs) : context_(outputs) {}

  Context& context() { return context_; }
  void begin(std::span<const penstock_item> items) { context_.items_ = items; }

  void answer(Bytes bytes) {
    const penstock_host* host = context_.host_;
    if (host->answer(host->self, {bytes.data(), bytes.size()}) != PENSTOCK_OK) context_.refused();
  }

  // Runs f, which returns a penstock_result; PENSTOCK_FAILED if it throws or the host refused.
  template <class F>
  std::int32_t guard(const penstock_host* host, F f) noexcept {
    context_.host_ = host;
    context_.items_ = {};
    context_.made_from_ = PENSTOCK_ALL_ITEMS;
    context_.refused_ = false;
    try {
      const std::int32_t result = f();
      return context_.refused_ ? PENSTOCK_FAILED : result;
    } catch (...) {
      report_exception(*host);
      return PENSTOCK_FAILED;
    }
  }

 private:
  Context context_;
};

}  // namespace sdk
}  // namespace penstock
