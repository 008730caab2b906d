// A process of one's own. In Python:
//
//   def hello(name):
//       print('hello', name)
//
//   p = Process(target=hello, args=('bob',))
//   p.start()
//   p.join()
#include <penstock/plugin.hpp>
#include <penstock/process.hpp>

#include <iostream>

PENSTOCK_PLUGIN("app", "1.0.0", "says hello") {
  plugin.transform("hello", "greets somebody",
                   [](const std::string& name) { std::cout << "hello " << name << '\n'; });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);  // this program is its own worker

  penstock::Process process("app.hello", "bob");
  process.start();
  process.join();
  std::cout << "exit code " << *process.exitcode() << '\n';
}
