// A program that is to be killed while it holds of everything what could be left behind: shared
// memory, a queue with something in it, a locked mutex that others wait for, a manager, a process
// and a pool. Says "ready" when all of it is there.
#include <penstock/manager.hpp>
#include <penstock/mutex.hpp>
#include <penstock/plugin.hpp>
#include <penstock/pool.hpp>
#include <penstock/process.hpp>
#include <penstock/queue.hpp>
#include <penstock/shared_memory.hpp>

#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

using Places = penstock::List<std::int64_t>;
using Texts = penstock::Queue<std::string>;

void hold(penstock::SharedMemory memory, Texts queue, penstock::Mutex mutex, Places places) {
  memory[0] = std::byte{1};
  places.append(::getpid());
  queue.put("here");
  mutex.lock();
  for (;;) ::pause();
}

}  // namespace

PENSTOCK_PLUGIN("holder", "1.0.0", "holds what it is given") {
  plugin.transform("hold", "for ever", hold);
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);

  const penstock::SharedMemory memory(std::size_t{16} << 20);
  const Texts queue;
  const penstock::Mutex mutex;
  const penstock::Manager manager;
  const Places places = manager.list<std::int64_t>();
  queue.put(std::string(1'000'000, 'x'));
  penstock::Process process("holder.hold", memory, queue, mutex, places);
  process.start();
  penstock::Pool pool({.processes = 2});
  const auto first = pool.apply_async<void>("holder.hold", memory, queue, mutex, places);
  const auto second = pool.apply_async<void>("holder.hold", memory, queue, mutex, places);
  for (int i = 0; i != 4; ++i) queue.get();
  queue.put(std::string(1'000'000, 'x'));
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}
