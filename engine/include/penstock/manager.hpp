// Objects that live in a process of their own, the manager's server, and that any process works
// with through proxies, like Python's multiprocessing.Manager():
//
//   penstock::Manager manager;
//   auto counts = manager.dict<std::string, int>();
//   counts["a"] += 1;
//   pool.apply<void>("app.count", counts);         // a task that takes a Dict<std::string, int>
//
// Use it for what shared memory is not made for: dicts and lists of any values, nested ones that
// change in place, objects of your own types with methods (penstock/managed/type.hpp), and
// processes on other machines. For a lock, a queue or a number between the processes of one program
// take Mutex, Queue and Value: they need no server, and a call here costs about as much as hundreds
// there. The manager has these too (manager.mutex(), ...): they work over TCP, and inside dicts.
//
// Lives and deaths. The server ends with its Manager, with the program, however that ends, or when
// it is shut down; then all proxies throw ManagerLost, those that wait at once. An object lives as
// long as a process has a proxy of it or a value in the server names it; objects that name each
// other in a circle live as long as the server. What a process held when it died is given back: its
// references, mutexes and permits. A proxy that is passed to a task or returned by one is good for
// the first process that reads it, and for more while somebody holds the object.
//
// Who may connect: on the same machine, processes of the same user and root, who find the server by
// a name that is in no file system. With an address tcp:HOST:PORT also whoever knows the key, on
// other machines; this is proved in both directions, but what is sent is not encrypted: use it in
// a network that you trust. Programs on other machines that have no copy of this one reach
// everything except types of its own by name: Manager::connect, and names().
//
// Proxies need the library: a program that links it, not a plugin without it.
//
// May be used by any thread. Throws ManagerError; connecting and starting, Error as well.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "penstock/dict.hpp"
#include "penstock/list.hpp"
#include "penstock/managed/mutex.hpp"
#include "penstock/managed/queue.hpp"
#include "penstock/managed/semaphore.hpp"
#include "penstock/managed/signals.hpp"
#include "penstock/managed/type.hpp"
#include "penstock/managed/value.hpp"
#include "penstock/name_space.hpp"

namespace penstock {

struct ManagerOptions {
  // unix:/PATH (mode 0600), or tcp:HOST:PORT with port 0 for any that is free. Empty: a name that
  // nobody can guess, for processes of this machine.
  std::string address{};
  std::string key{};  // for TCP, at least 16 bytes
};

class Manager {
 public:
  // Starts the server. A program that registers types of its own needs worker_guard() in main().
  Manager() : Manager(ManagerOptions{}) {}
  explicit Manager(const ManagerOptions& options);
  Manager(Manager&&) noexcept;
  Manager& operator=(Manager&&) noexcept;
  // Ends the server that it started; one that it connected to stays.
  ~Manager();

  // To a server of another program, or of this one in another process. Over TCP it needs the key;
  // without one it takes the one that was last good for this address in this process, or else
  // what PENSTOCK_MANAGER_KEY says. Throws Error with Status::refused if nobody is there, or the
  // key is wrong.
  static Manager connect(const std::string& address, const std::string& key = {});

  // Is the server: returns when somebody calls shutdown(). `prepare` is called once it serves, in
  // the same process, to make what is to be there and give it a name.
  static void serve(const ManagerOptions& options,
                    const std::function<void(Manager&)>& prepare = {});

  // Ends the server, in whichever program it is.
  void shutdown();

  std::string address() const;       // for connect()
  std::int64_t pid() const;          // of the server
  std::size_t object_count() const;  // that live in the server, those of all clients

  // What is known by name to all that connect: manager.names().set("jobs", queue) here, and
  // manager.names().get<managed::Queue<Job>>("jobs") there.
  Namespace names() const { return make<Namespace>(managed::Verb::names); }

  template <class K, class V>
  Dict<K, V> dict() const {
    return make<Dict<K, V>>(managed::Verb::make_dict);
  }
  template <class K, class V>
  Dict<K, V> dict(std::initializer_list<std::pair<K, V>> items) const {
    const auto made = dict<K, V>();
    made.update(items);
    return made;
  }
  template <class K, class V, class Range>
  Dict<K, V> dict(const Range& items) const {
    const auto made = dict<K, V>();
    made.update(items);
    return made;
  }

  template <class T>
  List<T> list() const {
    return make<List<T>>(managed::Verb::make_list);
  }
  template <class T>
  List<T> list(std::initializer_list<T> values) const {
    const auto made = list<T>();
    made.extend(values);
    return made;
  }
  template <class T, class Range>
  List<T> list(const Range& values) const {
    const auto made = list<T>();
    made.extend(values);
    return made;
  }
  template <class T>
  List<T> array(std::size_t size, const T& value = T{}) const {
    return list<T>(std::vector<T>(size, value));
  }

  Namespace name_space() const { return make<Namespace>(managed::Verb::make_dict); }

  template <class T>
  managed::Value<T> value(const T& first = T{}) const {
    const auto made = make<managed::Value<T>>(managed::Verb::make_list);
    managed::Call(made.reference(), managed::Verb::list_append).natural(1).value(first).send();
    return made;
  }

  // maxsize 0: any number.
  template <class T>
  managed::Queue<T> queue(std::uint64_t maxsize = 0) const {
    return managed::Queue<T>(
        call(managed::Verb::make_queue).natural(maxsize).flag(false).send().reference());
  }
  template <class T>
  managed::JoinableQueue<T> joinable_queue(std::uint64_t maxsize = 0) const {
    return managed::JoinableQueue<T>(
        call(managed::Verb::make_queue).natural(maxsize).flag(true).send().reference());
  }
  managed::Mutex mutex() const {
    return managed::Mutex(call(managed::Verb::make_mutex).flag(false).send().reference());
  }
  managed::RecursiveMutex recursive_mutex() const {
    return managed::RecursiveMutex(call(managed::Verb::make_mutex).flag(true).send().reference());
  }
  managed::Condition condition() const { return condition(recursive_mutex()); }
  managed::Condition condition(const managed::BasicMutex& mutex) const {
    return managed::Condition(
        call(managed::Verb::make_condition).reference(mutex.reference()).send().reference());
  }
  managed::Semaphore semaphore(std::uint64_t value = 1) const {
    return semaphore(value, std::numeric_limits<std::uint64_t>::max());
  }
  managed::Semaphore bounded_semaphore(std::uint64_t value = 1) const {
    return semaphore(value, value);
  }
  managed::Event event() const { return make<managed::Event>(managed::Verb::make_event); }
  managed::Barrier barrier(std::uint64_t parties) const {
    return managed::Barrier(call(managed::Verb::make_barrier).natural(parties).send().reference());
  }

  // An object of a type that the server's program has registered under this name. Without T: of a
  // type that this program does not know.
  template <class T = void, class... A>
  Proxy<T> create(std::string_view type, const A&... arguments) const {
    return Proxy<T>(call(managed::Verb::make_instance)
                        .text(type)
                        .natural(sizeof...(A))
                        .values(managed::travelling<const A&>(arguments)...)
                        .send()
                        .reference());
  }

 private:
  struct Parts;

  explicit Manager(std::unique_ptr<Parts> parts);
  static std::unique_ptr<Parts> start(const ManagerOptions& options);

  managed::Call call(managed::Verb verb) const;
  template <class P>
  P make(managed::Verb verb) const {
    return P(call(verb).send().reference());
  }
  managed::Semaphore semaphore(std::uint64_t value, std::uint64_t bound) const {
    return managed::Semaphore(
        call(managed::Verb::make_semaphore).natural(value).natural(bound).send().reference());
  }

  std::unique_ptr<Parts> parts_;
};

}  // namespace penstock
