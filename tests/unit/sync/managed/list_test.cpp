#include "penstock/list.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "server_rig.hpp"

namespace penstock::sync {
namespace {

using Numbers = std::vector<int>;

TEST_CASE("a list keeps what it is given") {
  const ServerThread server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({0, 1, 2});
  list.append(3);
  list.push_back(4);
  list.extend({5, 6});
  list.extend(Numbers{7});
  CHECK(list.copy() == Numbers{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(list.size() == 8);
  list.assign({9, 8});
  CHECK(list.copy() == Numbers{9, 8});
  list.clear();
  CHECK(list.empty());
  CHECK(list.copy().empty());
}

TEST_CASE("elements are found by their place, from either end") {
  const ServerThread server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({10, 11, 12});
  CHECK(list[0] == 10);
  CHECK(list[-1] == 12);
  CHECK(list[-3] == 10);
  CHECK(list.front() == 10);
  CHECK(list.back() == 12);
  list[1] = 21;
  list[-1] = 22;
  CHECK(list.copy() == Numbers{10, 21, 22});
  list[0] = list[1];
  CHECK(list[0] == 21);
  for (const List<int>::Index beyond :
       {List<int>::Index{3}, List<int>::Index{-4}, std::numeric_limits<List<int>::Index>::max(),
        std::numeric_limits<List<int>::Index>::min()}) {
    CAPTURE(beyond);
    CHECK_THROWS_AS(list.at(beyond), std::out_of_range);
    CHECK_THROWS_AS(list.set(beyond, 1), std::out_of_range);
    CHECK_THROWS_AS(list.pop(beyond), std::out_of_range);
    CHECK_THROWS_AS(list.erase(beyond), std::out_of_range);
  }
  CHECK_THROWS_WITH(list.at(7), "manager: index 7 is out of the list's 3 elements");
}

TEST_CASE("a slice ends where the list does") {
  const ServerThread server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({0, 1, 2, 3, 4});
  CHECK(list.slice(1, 3) == Numbers{1, 2});
  CHECK(list.slice(2, 10) == Numbers{2, 3, 4});
  CHECK(list.slice(-2, 5) == Numbers{3, 4});
  CHECK(list.slice(-100, -3) == Numbers{0, 1});
  CHECK(list.slice(3, 1).empty());
  CHECK(list.slice(7, 9).empty());
}

TEST_CASE("elements are put in and taken out anywhere") {
  const ServerThread server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>({1, 3});
  list.insert(1, 2);
  list.insert(0, 0);
  list.insert(100, 9);
  list.insert(-1, 8);
  CHECK(list.copy() == Numbers{0, 1, 2, 3, 8, 9});
  CHECK(list.pop() == 9);
  CHECK(list.pop(0) == 0);
  CHECK(list.pop(-2) == 3);
  list.erase(0);
  CHECK(list.copy() == Numbers{2, 8});
}

TEST_CASE("values are looked for") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto list = manager.list<std::string>({"a", "b", "a"});
  CHECK(list.index("b") == 1u);
  CHECK(list.index("z") == std::nullopt);
  CHECK(list.count("a") == 2);
  CHECK(list.contains("a"));
  CHECK(list.remove("a"));
  CHECK(list.copy() == std::vector<std::string>{"b", "a"});
  CHECK_FALSE(list.remove("z"));
}

TEST_CASE("a list is put in order and turned around") {
  const ServerThread server;
  const Manager manager = server.manager();
  Numbers numbers(1000);
  for (std::size_t i = 0; i != numbers.size(); ++i) {
    numbers[i] = static_cast<int>(i * 7919 % 1000) - 500;
  }
  const List<int> list = manager.list<int>(numbers);
  list.sort();
  std::sort(numbers.begin(), numbers.end());
  CHECK(list.copy() == numbers);
  list.reverse();
  std::reverse(numbers.begin(), numbers.end());
  CHECK(list.copy() == numbers);
  list.sort();
  list.sort(true);
  CHECK(list.copy() == numbers);

  const auto words = manager.list<std::string>({"pear", "Apple", "fig", ""});
  words.sort();
  CHECK(words.copy() == std::vector<std::string>{"", "Apple", "fig", "pear"});
  using Pair = std::pair<double, std::string>;
  const auto pairs = manager.list<Pair>({{2, "a"}, {1.5, "z"}, {1.5, "b"}, {-1, "q"}});
  pairs.sort();
  CHECK(pairs.copy() == std::vector<Pair>{{-1, "q"}, {1.5, "b"}, {1.5, "z"}, {2, "a"}});
}

TEST_CASE("elements that are numbers are added to and exchanged in the server") {
  const ServerThread server;
  const Manager manager = server.manager();
  const List<int> sums = manager.array<int>(3);
  CHECK(sums.copy() == Numbers{0, 0, 0});
  CHECK((sums[1] += 5) == 5);
  CHECK((sums[-2] -= 2) == 3);
  CHECK(sums.compare_exchange(1, 3, 4));
  CHECK_FALSE(sums.compare_exchange(1, 3, 5));
  CHECK(sums.copy() == Numbers{0, 4, 0});
  CHECK_THROWS_AS(sums[3] += 1, std::out_of_range);
}

TEST_CASE("a copy is of one moment, and stays what it is while the list changes") {
  const ServerThread server;
  const Manager manager = server.manager();
  const List<int> list = manager.list<int>(Numbers(10, 0));
  const Numbers first = list.copy();
  std::thread changing([&] {
    for (int n = 1; n != 300; ++n) {
      list.assign(Numbers(static_cast<std::size_t>(10 + n % 3), n));
    }
  });
  bool of_one_moment = true;
  for (int seen = 0; seen != 299;) {
    const Numbers copy = list.copy();
    of_one_moment = of_one_moment && copy.front() >= seen &&
                    copy == Numbers(static_cast<std::size_t>(10 + copy.front() % 3), copy.front());
    seen = copy.front();
  }
  changing.join();
  CHECK(of_one_moment);
  std::size_t visited = 0;
  for (const int number : list.copy()) {
    list[0] = 100;
    list.pop();
    CHECK(number == 299);
    ++visited;
  }
  CHECK(visited == 12);
  CHECK(list.empty());
  CHECK(first == Numbers(10, 0));
}

TEST_CASE("values of any size pass whole") {
  const ServerThread server;
  const Manager manager = server.manager();
  const auto list = manager.list<std::string>();
  // Around what fits into the shared memory of a connection, and far beyond.
  for (const std::size_t size : {0u, 1u, 16'200u, 16'256u, 16'300u, 16'384u, 70'000u, 9'000'000u}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i != size; ++i) text[i] = static_cast<char>(i * 31 % 251);
    list.append(text);
    CHECK((list.back() == text));
    CHECK(list.pop() == text);
  }
}

}  // namespace
}  // namespace penstock::sync
