// Over TCP with a key, at a path, and as a program of its own.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "../forked.hpp"
#include "catch.hpp"
#include "server_rig.hpp"
#include "sync/managed/authentication.hpp"
#include "throws_on_thread.hpp"

namespace penstock::sync {
namespace {

using namespace std::chrono_literals;

const std::string key = "a key of more than sixteen bytes";

bool has_tcp() {
  return check_key(key).has_value();
}

TEST_CASE("with the key a client works over TCP as it does here") {
  if (!has_tcp()) return;
  const ServerProcess server("tcp:127.0.0.1:0", key);
  const Manager manager = server.manager();
  manager.names().set("queue", manager.queue<std::vector<std::string>>());
  const std::vector<std::string> values{"hello world", "", "h\xc3\xa5ll\xc3\xa5",
                                        "\xd0\xbf\xd1\x80", std::string(3'000'000, 'x')};
  Forked putter([&] {
    const Manager remote = Manager::connect(server.public_address(), key);
    const auto queue = remote.names().get<managed::Queue<std::vector<std::string>>>("queue");
    queue.put(values);
    const auto lists = remote.list<List<int>>({remote.list<int>({1})});
    lists[0]->append(2);
    return lists[0]->size() == 2;
  });
  const auto queue = manager.names().get<managed::Queue<std::vector<std::string>>>("queue");
  CHECK((queue.get() == values));
  CHECK(putter.join());
}

TEST_CASE("a wrong key is refused, and so is none") {
  if (!has_tcp()) return;
  const ServerProcess server("tcp:127.0.0.1:0", key);
  const std::string address = server.public_address();
  CHECK_THROWS_WITH(
      Manager::connect(address, "another key of sixteen bytes"),
      "manager: the server at " + address + " refuses: the key is not that of the server");
  CHECK_THROWS_WITH(Manager::connect(address),
                    "manager: the server at " + address +
                        " wants a key: call Manager::connect(address, key) in this process first, "
                        "or set PENSTOCK_MANAGER_KEY");
  CHECK_THROWS_WITH(Manager::connect(address, "short"),
                    "manager: a key of 5 bytes can be guessed; give at least 16, such as 32 "
                    "random ones");
  CHECK_THROWS_AS(prepare_server("tcp:127.0.0.1:0", "").value(), Error);
  const Manager good = Manager::connect(address, key);
  CHECK(good.list<int>({1}).size() == 1);
  CHECK(Manager::connect(address).list<int>({1}).size() == 1);  // the key is known by now
  CHECK_THROWS_AS(Manager::connect(address, "another key of sixteen bytes"), ManagerError);
}

TEST_CASE("the key may come from the environment") {
  if (!has_tcp()) return;
  const ServerProcess server("tcp:127.0.0.1:0", key);
  Forked client([&] {
    ::setenv("PENSTOCK_MANAGER_KEY", key.c_str(), 1);
    return Manager::connect(server.public_address()).list<int>({1}).size() == 1;
  });
  CHECK(client.join());
}

TEST_CASE("a server that does not know the key is not believed") {
  if (!has_tcp()) return;
  const ServerProcess server("tcp:127.0.0.1:0", "another key of sixteen bytes");
  CHECK_THROWS_AS(Manager::connect(server.public_address(), key), ManagerError);
}

TEST_CASE("a proof is of one key, of one side, and of one greeting") {
  if (!has_tcp()) return;
  const Nonce of_server = new_nonce();
  const Nonce of_client = new_nonce();
  CHECK_FALSE(of_server == of_client);
  const std::string good = proof(key, Prover::client, of_server, of_client);
  CHECK(same_proof(good, proof(key, Prover::client, of_server, of_client)));
  CHECK_FALSE(same_proof(good, proof(key + "!", Prover::client, of_server, of_client)));
  CHECK_FALSE(same_proof(good, proof(key, Prover::server, of_server, of_client)));
  CHECK_FALSE(same_proof(good, proof(key, Prover::client, of_client, of_server)));
  CHECK_FALSE(same_proof(good, proof(key, Prover::client, new_nonce(), of_client)));
  CHECK_FALSE(same_proof(good, proof(key, Prover::client, of_server, new_nonce())));
  CHECK_FALSE(same_proof(good, good.substr(1)));
  CHECK_FALSE(same_proof("", ""));
}

TEST_CASE("the death of a server is an error over TCP as well") {
  if (!has_tcp()) return;
  ServerProcess server("tcp:127.0.0.1:0", key);
  const Manager remote = Manager::connect(server.public_address(), key);
  const managed::Event event = remote.event();
  const managed::Barrier barrier = remote.barrier(2);
  auto waiting = throws_on_thread<ManagerLost>([&] { barrier.wait(); });
  CHECK(eventually([&] { return barrier.n_waiting() == 1; }));
  server.kill();
  CHECK(waiting.get());
  CHECK_THROWS_AS(event.set(), ManagerLost);
}

TEST_CASE("the death of a client gives back what it held over TCP as well") {
  if (!has_tcp()) return;
  const ServerProcess server("tcp:127.0.0.1:0", key);
  const Manager manager = server.manager();
  const managed::Mutex mutex = manager.mutex();
  const managed::Event ready = manager.event();
  manager.names().set("mutex", mutex);
  manager.names().set("ready", ready);
  Forked client([&] {
    const Manager remote = Manager::connect(server.public_address(), key);
    const auto mine = remote.names().get<managed::Mutex>("mutex");
    mine.lock();
    remote.names().get<managed::Event>("ready").set();
    for (;;) ::pause();
    return true;
  });
  REQUIRE(ready.wait(60s));
  CHECK_FALSE(mutex.try_lock());
  client.kill();
  CHECK(mutex.try_lock_for(60s));
  CHECK(mutex.abandoned());
}

TEST_CASE("a server can be restarted at once at the same port") {
  if (!has_tcp()) return;
  std::string address = "tcp:127.0.0.1:0";
  for (int round = 0; round != 3; ++round) {
    ServerProcess server(address, key);
    address = server.public_address();
    Manager manager = Manager::connect(address, key);
    manager.names().set("text", "hello");
    CHECK(manager.names().get<std::string>("text") == "hello");
    manager.shutdown();
    CHECK(server.wait() == 0);
  }
}

TEST_CASE("a server at a path is for its user alone, and leaves no file") {
  const std::string path = "/tmp/penstock-test-" + std::to_string(::getpid());
  const std::string address = "unix:" + path;
  {
    ServerProcess server(address);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    Manager manager = Manager::connect(address);
    CHECK(manager.list<int>({1}).size() == 1);
    CHECK_THROWS_AS(prepare_server(address, "").value(), Error);  // somebody is there
    manager.shutdown();
    CHECK(server.wait() == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }
  {
    ServerProcess killed(address);
    CHECK(Manager::connect(address).list<int>().empty());
    killed.kill();
    CHECK(std::filesystem::exists(path));
    ServerProcess next(address);  // takes the place of the dead one
    CHECK(Manager::connect(address).list<int>().empty());
    next.cut_life_line();
    CHECK(next.wait() == 0);
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("a program can be a server itself") {
  const std::string address = "unix:@penstock-serve-" + std::to_string(::getpid());
  Forked program([&] {
    Manager::serve({.address = address}, [](Manager& manager) {
      manager.names().set("jobs", manager.queue<std::string>());
    });
    return true;
  });
  std::optional<Manager> manager;
  REQUIRE(eventually([&] {
    try {
      manager.emplace(Manager::connect(address));
      return manager->names().contains("jobs");
    } catch (const ManagerError&) {
      return false;
    }
  }));
  const auto jobs = manager->names().get<managed::Queue<std::string>>("jobs");
  jobs.put("one");
  CHECK(jobs.get() == "one");
  manager->shutdown();
  CHECK(program.join());
}

TEST_CASE("what is wrong before a server serves is thrown where it was to be") {
  CHECK_THROWS_AS(Manager::serve({.address = "nowhere"}), ManagerError);
  CHECK_THROWS_WITH(Manager::serve({}, [](Manager&) { throw std::runtime_error("no such file"); }),
                    "no such file");
}

}  // namespace
}  // namespace penstock::sync
