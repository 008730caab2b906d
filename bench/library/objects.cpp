#include <penstock/manager.hpp>
#include <penstock/process.hpp>

#include "measures.hpp"
#include "stopwatch.hpp"
#include "tasks.hpp"

namespace {

// A second process that runs one of the tasks; waited for when all is measured.
class Other {
 public:
  template <class... Arguments>
  explicit Other(const std::string& task, Arguments&&... arguments)
      : process_(task, std::forward<Arguments>(arguments)...) {
    process_.start();
  }
  void end() {
    process_.join();
    expect(process_.exitcode() == 0);
  }

 private:
  penstock::Process process_;
};

template <class Operation>
Figures of_dict(std::int64_t count, Operation operation) {
  penstock::Manager manager;
  auto dict = manager.dict<std::string, std::int64_t>();
  dict.set("key", 0);
  const Stopwatch watch;
  for (std::int64_t i = 0; i != count; ++i) operation(dict, i);
  return {watch.seconds()};
}

}  // namespace

Figures queue_rate(std::int64_t count) {
  Numbers queue(1000);
  Other other("peer.put_all", queue, count);
  expect(queue.get() == 0);
  const Stopwatch watch;
  for (std::int64_t i = 1; i != count; ++i) expect(queue.get() == i);
  const double seconds = watch.seconds();
  other.end();
  return {seconds};
}

Figures queue_latency(std::int64_t count) {
  Numbers there, back;
  Other other("peer.put_when_asked", there, back, count);
  std::vector<std::int64_t> took;
  for (std::int64_t i = 0; i != count; ++i) {
    back.put(0);
    const std::int64_t sent = there.get();
    took.push_back(nanoseconds() - sent);
  }
  other.end();
  return {share_below(took, 50), share_below(took, 99)};
}

Figures pipe(std::int64_t count, std::int64_t size) {
  auto [here, there] = penstock::Pipe<std::vector<std::byte>>();
  Other other("peer.echo", std::move(there), count);
  const std::vector<std::byte> message(static_cast<std::size_t>(size));
  here.send_bytes(message);  // the other is up
  here.recv_bytes();
  const Stopwatch watch;
  for (std::int64_t i = 1; i != count; ++i) {
    here.send_bytes(message);
    expect(here.recv_bytes().size() == message.size());
  }
  const double seconds = watch.seconds();
  other.end();
  return {seconds};
}

Figures lock(std::int64_t count) {
  penstock::Mutex mutex;
  Words words(5);
  Other other("peer.take_turns", mutex, words, std::int64_t{1}, count);
  std::vector<std::int64_t> took = take_turns(mutex, words, 0, count);
  other.end();
  took.erase(took.begin());  // nobody had it before
  return {share_below(took, 50)};
}

Figures dict_get(std::int64_t count) {
  return of_dict(count, [](auto& dict, std::int64_t) { expect(dict.at("key") == 0); });
}

Figures dict_set(std::int64_t count) {
  return of_dict(count, [](auto& dict, std::int64_t i) { dict.set("key", i); });
}
