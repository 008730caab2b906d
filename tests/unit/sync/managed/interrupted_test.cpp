// Signals that a program has handlers for disturb neither a server nor those who wait for it, as
// CPython's TestIgnoreEINTR wants it of a listener.
#include <vector>

#include "../signalled.hpp"
#include "as_text.hpp"
#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

TEST_CASE("a server that signals interrupt takes in who comes, and answers") {
  Signalled signals;
  const ServerProcess server;  // has the handler by its fork
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>();
  CHECK(signals.arrive_in(server, 5));
  for (int i = 0; i != 10; ++i) {
    Forked client([&, i] {
      const Manager own = Manager::connect(server.address());
      list.append(i);
      return own.list<int>({i})[0] == i;
    });
    CHECK(signals.arrive_in(server, 3));
    CHECK(client.join());
  }
  CHECK(list.size() == 10);
}

TEST_CASE("a client that signals interrupt waits on for its answer") {
  Signalled signals;
  const ServerProcess server;
  const Manager manager = server.manager();
  const managed::Queue<int> queue = manager.queue<int>();
  const managed::Event received = manager.event();
  Forked client = elsewhere(queue, [&](const managed::Queue<int>& mine) {
    if (mine.get() != 1) return false;
    received.set();
    return mine.get(std::chrono::seconds(60)) == 2;
  });
  CHECK(signals.arrive_in(client, 10));
  queue.put(1);
  CHECK(received.wait(std::chrono::seconds(60)));
  CHECK(signals.arrive_in(client, 10));
  queue.put(2);
  CHECK(client.join());
}

}  // namespace
}  // namespace penstock::sync
