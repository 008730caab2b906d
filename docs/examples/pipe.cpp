// The two ends of a pipe, each in a process of its own. In Python:
//
//   def f(conn):
//       conn.send([42, None, 'hello'])
//       conn.close()
//
//   parent_conn, child_conn = Pipe()
//   p = Process(target=f, args=(child_conn,))
//   p.start()
//   print(parent_conn.recv())
//   p.join()
#include <penstock/pipe.hpp>
#include <penstock/plugin.hpp>
#include <penstock/process.hpp>

#include <iostream>

using Words = std::vector<std::string>;

PENSTOCK_PLUGIN("app", "1.0.0", "sends words") {
  plugin.transform("send", "sends some words", [](penstock::Connection<Words> connection) {
    connection.send({"hello", "from", "the", "other", "side"});
    connection.close();
  });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);

  auto [here, there] = penstock::Pipe<Words>();
  penstock::Process process("app.send", std::move(there));  // an end belongs to one process
  process.start();

  for (const std::string& word : here.recv()) std::cout << word << '\n';
  try {
    here.recv();
  } catch (const penstock::EndOfFile& end) {
    std::cout << "the end\n";
  }
  process.join();
}
