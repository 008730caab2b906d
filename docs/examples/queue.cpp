// What one process puts into a queue, another gets. In Python:
//
//   def f(q):
//       q.put([42, None, 'hello'])
//
//   q = Queue()
//   p = Process(target=f, args=(q,))
//   p.start()
//   print(q.get())
//   p.join()
//
// A queue here holds values of one type: where Python's list mixes them, a struct names them.
#include <penstock/plugin.hpp>
#include <penstock/process.hpp>
#include <penstock/queue.hpp>

#include <iostream>
#include <optional>

struct Message {
  std::int64_t number = 0;
  std::optional<double> reading;
  std::string text;
};
PENSTOCK_FIELDS(Message, number, reading, text)

PENSTOCK_PLUGIN("app", "1.0.0", "puts a message") {
  plugin.transform("put", "puts a message into a queue", [](penstock::Queue<Message> queue) {
    queue.put({42, std::nullopt, "hello"});
  });
}

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);

  penstock::Queue<Message> queue;
  penstock::Process process("app.put", queue);
  process.start();
  const Message message = queue.get();
  std::cout << message.number << ", " << (message.reading ? "a reading" : "no reading") << ", "
            << message.text << '\n';
  process.join();
}
