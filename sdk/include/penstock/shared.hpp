// An object that the pipeline file shares out, as a parameter of a task:
//
//   struct Count {                                             // shared:
//     penstock::Shared<penstock::Value<std::int64_t>> lines;   //   lines: {type: value, of: i64}
//     void params(penstock::Params& p) {                       // stages:
//       p.required("lines", lines, "how many there were");     //   count:
//     }                                                        //     with: {lines: lines}
//     void run(std::string_view) { *lines += 1; }              //     ...
//   };
//
// `with` names an object that stands under `shared`; `penstock check` holds its type, and what it
// holds, against T: a Mutex, RecursiveMutex, Semaphore, BoundedSemaphore, Condition, Event,
// Barrier, Value, Array, SharedMemory, Queue, JoinableQueue or SharedMap, whose header is to be
// included too. All tasks of the run that name it have the same one, in whatever process. It is
// outside of the account of items: a retried item does again what it did to it.
//
// A handle of an object, like T itself: it belongs to the task's instance, and may be used by any
// thread. Before the parameters are set, and where an optional one is not given, it is empty; to
// use it then throws SyncError. A test of the task sets the field: task.lines = Shared(my_value).
#pragma once

#include <penstock/memory.hpp>
#include <penstock/params.hpp>
#include <penstock/wire.hpp>

namespace penstock PENSTOCK_HIDDEN {

template <class T>
class Value;
template <class T>
class Array;
template <class T>
class Queue;
template <class T>
class JoinableQueue;
template <class V>
class SharedMap;

template <class T>
class PENSTOCK_TYPE Shared {
 public:
  Shared() = default;
  explicit Shared(T object) : object_(std::move(object)) {}

  explicit operator bool() const { return object_.has_value(); }
  T& operator*() { return checked(*this); }
  const T& operator*() const { return checked(*this); }
  T* operator->() { return &checked(*this); }
  const T* operator->() const { return &checked(*this); }

 private:
  template <class Self>
  static auto& checked(Self& self) {
    if (!self.object_) throw SyncError("a shared object is used that no parameter has set");
    return *self.object_;
  }

  std::optional<T> object_;
};

namespace sdk {

// What the file calls a T: type, what it holds, bytes of one that lies in memory.
struct SharedName {
  std::string type;
  std::string held;
  std::size_t element = 0;
};

template <class T>
struct NameOf {
  static SharedName name() { return {std::string(kind_name(T::kind)), {}, 0}; }
};
template <class T>
struct NameOf<Value<T>> {
  static SharedName name() { return {"value", layout_of<T>(), sizeof(T)}; }
};
template <class T>
struct NameOf<Array<T>> {
  static SharedName name() { return {"array", layout_of<T>(), sizeof(T)}; }
};
template <class T>
struct NameOf<Queue<T>> {
  static SharedName name() { return {"queue", Wire<T>::type(), 0}; }
};
template <class T>
struct NameOf<JoinableQueue<T>> {
  static SharedName name() { return {"joinable_queue", Wire<T>::type(), 0}; }
};
template <class V>
struct NameOf<SharedMap<V>> {
  static SharedName name() { return {"map", Wire<V>::type(), 0}; }
};

template <SharedObject T>
struct Param<Shared<T>> {
  static constexpr auto kind = PENSTOCK_PARAM_SHARED;
  static Shared<T> read(const penstock_scalar& scalar) {
    return Shared<T>(T::named({scalar.text.data, scalar.text.size}));
  }
  static std::vector<std::string> choices() {
    SharedName name = NameOf<T>::name();
    return {std::move(name.type), std::move(name.held), std::to_string(name.element)};
  }
  static std::string show(const Shared<T>&) { return {}; }
};

}  // namespace sdk
}  // namespace penstock
