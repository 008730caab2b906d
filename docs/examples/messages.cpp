// Three processes for five messages of three seconds each. In Python:
//
//   def handle(message):
//       print('start', message)
//       time.sleep(3)
//       print('end', message)
//       return 'done ' + message
//
//   pool = Pool(processes=3)
//   for i in range(5):
//       pool.apply_async(handle, ('message %d' % i,), callback=print)
//   print('all submitted')
//   pool.close()
//   pool.join()
//   print('all done')
//
// usage: messages [SECONDS]
#include <penstock/plugin.hpp>
#include <penstock/pool.hpp>

#include <cstdlib>
#include <iostream>
#include <thread>

PENSTOCK_PLUGIN("app", "1.0.0", "handles messages, slowly") {
  plugin.transform("handle", "takes its time over a message",
                   [](const std::string& message, double seconds) {
                     std::cout << "start " << message << std::endl;
                     std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
                     std::cout << "end " << message << std::endl;
                     return "done " + message;
                   });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;

  penstock::Pool pool({.processes = 3});
  for (int i = 0; i != 5; ++i) {
    pool.apply_async<std::string>("app.handle", "message " + std::to_string(i), seconds,
                                  [](const std::string& done) { std::cout << done << std::endl; });
  }
  std::cout << "all submitted" << std::endl;
  pool.close();
  pool.join();
  std::cout << "all done" << std::endl;
}
