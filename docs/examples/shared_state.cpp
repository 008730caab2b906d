// A number and an array in memory that two processes share. In Python:
//
//   def f(n, a):
//       n.value = 3.1415927
//       for i in range(len(a)):
//           a[i] = -a[i]
//
//   num = Value('d', 0.0)
//   arr = Array('i', range(10))
//   p = Process(target=f, args=(num, arr))
//   p.start()
//   p.join()
//   print(num.value)
//   print(arr[:])
#include <penstock/array.hpp>
#include <penstock/plugin.hpp>
#include <penstock/process.hpp>
#include <penstock/value.hpp>

#include <iostream>
#include <numeric>

PENSTOCK_PLUGIN("app", "1.0.0", "changes what is shared") {
  plugin.transform("change", "sets the number, and turns the signs of the array",
                   [](penstock::Value<double> number, penstock::Array<std::int32_t> array) {
                     number = 3.1415927;
                     for (std::int32_t& element : array) element = -element;
                   });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);

  penstock::Value<double> number(0.0);
  penstock::Array<std::int32_t> array(10);
  std::iota(array.begin(), array.end(), 0);

  penstock::Process process("app.change", number, array);
  process.start();
  process.join();

  std::cout.precision(8);
  std::cout << number.load() << '\n';
  for (const std::int32_t element : array) std::cout << element << ' ';
  std::cout << '\n';
}
