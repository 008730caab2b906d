// Ten processes that take turns. In Python:
//
//   def f(l, i):
//       with l:
//           print('hello world', i)
//
//   lock = Lock()
//   for num in range(10):
//       Process(target=f, args=(lock, num)).start()
#include <penstock/mutex.hpp>
#include <penstock/plugin.hpp>
#include <penstock/process.hpp>

#include <iostream>
#include <mutex>

PENSTOCK_PLUGIN("app", "1.0.0", "says hello, one at a time") {
  plugin.transform("hello", "greets, and lets nobody else do so meanwhile",
                   [](penstock::Mutex mutex, std::int64_t number) {
                     const std::lock_guard lock(mutex);
                     std::cout << "hello world " << number << std::endl;
                   });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);

  penstock::Mutex mutex;
  std::vector<penstock::Process> processes;
  for (std::int64_t number = 0; number != 10; ++number) {
    processes.emplace_back("app.hello", mutex, number).start();
  }
  for (penstock::Process& process : processes) process.join();
}
