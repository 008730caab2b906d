// A dict and a list that live in a server process. In Python:
//
//   def f(d, l):
//       d[1] = '1'
//       d['2'] = 2
//       d[0.25] = None
//       l.reverse()
//
//   with Manager() as manager:
//       d = manager.dict()
//       l = manager.list(range(10))
//       p = Process(target=f, args=(d, l))
//       p.start()
//       p.join()
//       print(d)
//       print(l)
#include <penstock/manager.hpp>
#include <penstock/plugin.hpp>
#include <penstock/process.hpp>

#include <iostream>

using Names = penstock::Dict<std::int64_t, std::string>;
using Numbers = penstock::List<std::int64_t>;

PENSTOCK_PLUGIN("app", "1.0.0", "changes what a manager holds") {
  plugin.transform("change", "writes into the dict, and turns the list", [](Names d, Numbers l) {
    d.set(1, "one");
    d.set(2, "two");
    l.reverse();
  });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);

  penstock::Manager manager;
  Names d = manager.dict<std::int64_t, std::string>();
  Numbers l = manager.list<std::int64_t>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  penstock::Process process("app.change", d, l);
  process.start();
  process.join();

  for (const auto& [number, name] : d.items()) std::cout << number << ": " << name << '\n';
  for (const std::int64_t number : l.copy()) std::cout << number << ' ';
  std::cout << '\n';
}
