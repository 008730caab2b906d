#include <penstock/array.hpp>
#include <penstock/shared_memory.hpp>
#include <penstock/value.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "forked.hpp"
#include "sync/memory.hpp"

namespace penstock {
namespace memory_test {

enum class Shade { light, dark };

struct Best {
  std::int64_t score;
  double at[3];
  char name[16];
};
PENSTOCK_FIELDS(Best, score, at, name)

struct Plain {  // nobody names its fields
  Plain() = default;
  Plain(int first, int second) : a(first), b(second) {}
  int a = 0;
  int b = 0;
};

using namespace std::chrono_literals;
using sync::Forked;

template <class T>
void changes_in_a_child(T first, T second) {
  Value<T> value(first);
  CHECK(value.get() == first);
  Forked child([&] {
    if (value.get() != first) return false;
    value = second;
    return value.exchange(second) == second;
  });
  CHECK(child.join());
  CHECK(static_cast<T>(value) == second);
}

TEST_CASE("a value of every kind is the same in a child, before and after it changes it") {
  changes_in_a_child<std::int8_t>(-1, 7);
  changes_in_a_child<std::uint16_t>(1, 65535);
  changes_in_a_child<int>(0, -5);
  changes_in_a_child<std::uint64_t>(1, UINT64_MAX);
  changes_in_a_child<float>(0.5F, 1.5F);
  changes_in_a_child<double>(-3.25, 1e300);
  changes_in_a_child<bool>(false, true);
  changes_in_a_child<char>('a', 'z');
  changes_in_a_child<Shade>(Shade::light, Shade::dark);
}

TEST_CASE("a struct is written and read as a whole") {
  const Value<Best> best(Best{1, {1, 1, 1}, "one"});
  CHECK_FALSE(Value<Best>::is_atomic);
  Forked writer([&] {
    for (std::int64_t i = 0; i != 20'000; ++i) {
      const auto all = static_cast<double>(i);
      best.set({i, {all, all, all}, "many"});
    }
    return true;
  });
  bool whole = true;
  for (int i = 0; i != 20'000; ++i) {
    const Best seen = best;
    const auto all = static_cast<double>(seen.score);
    whole = whole && std::ranges::all_of(seen.at, [&](double one) { return one == all; });
  }
  CHECK(whole);
  CHECK(writer.join());
  CHECK(best.get().score == 19'999);
  CHECK(best.update([](Best& b) { b.score = 5; }).score == 5);
  CHECK(best.exchange({6, {}, ""}).score == 5);
}

TEST_CASE("counting together loses nothing") {
  constexpr int kEach = 20'000;
  const Value<int> number(0);
  const Value<double> real(0.0);
  const Value<int> by_update(0);
  const Value<Best> in_struct(Best{});
  const Value<int> by_lock(0);
  std::vector<Forked> children;
  for (int c = 0; c != 3; ++c) {
    children.emplace_back([&] {
      for (int i = 0; i != kEach; ++i) {
        number += 1;
        real += 0.5;
        by_update.update([](int& n) { n += 2; });
        in_struct.update([](Best& b) { b.score += 1; });
        const std::scoped_lock guard(by_lock.get_lock());
        by_lock = by_lock + 1;
      }
      return true;
    });
  }
  for (Forked& child : children) CHECK(child.join());
  CHECK(number == 3 * kEach);
  CHECK(real == 1.5 * kEach);
  CHECK(by_update == 6 * kEach);
  CHECK(in_struct.get().score == 3 * kEach);
  CHECK(by_lock == 3 * kEach);
}

TEST_CASE("what a number can do in one step") {
  Value<int> n(5);
  CHECK(n.fetch_add(2) == 5);
  CHECK(n.fetch_sub(1) == 7);
  CHECK((n += 4) == 10);
  CHECK((n -= 2) == 8);
  CHECK(++n == 9);
  CHECK(n++ == 9);
  CHECK(--n == 9);
  CHECK(n-- == 9);
  CHECK(n.fetch_or(3) == 8);
  CHECK(n.fetch_and(9) == 11);
  CHECK(n.load() == 9);
  n.store(1);
  int expected = 2;
  CHECK_FALSE(n.compare_exchange(expected, 7));
  CHECK(expected == 1);
  CHECK(n.compare_exchange(expected, 7));
  CHECK(*n.raw() == 7);
}

TEST_CASE("the lock of a value keeps others out, and its holder in") {
  const Value<Best> value(Best{});
  const std::scoped_lock outer(value.get_lock());
  const std::scoped_lock again(value.get_lock());
  value.update([](Best& best) { best.score = 3; });
  Forked other([&] {
    const DataLock& lock = value.get_lock();
    return !lock.try_lock() && !lock.try_lock_for(1ms) &&
           !lock.try_lock_until(std::chrono::steady_clock::now() + 1ms);
  });
  CHECK(other.join());
  CHECK_FALSE(value.abandoned());
  std::thread([&] { CHECK_THROWS_AS(value.get_lock().unlock(), SyncError); }).join();
  CHECK(value.get().score == 3);
}

TEST_CASE("the lock of one that died goes to the next one, who is told") {
  const Value<Best> value(Best{});
  Forked dying([&] {
    value.get_lock().lock();
    ::raise(SIGKILL);
    return true;
  });
  CHECK_FALSE(dying.join());
  {
    const std::scoped_lock guard(value.get_lock());
    CHECK(value.abandoned());
  }
  const std::scoped_lock guard(value.get_lock());
  CHECK_FALSE(value.abandoned());
}

TEST_CASE("an array is the same memory everywhere") {
  Array<int> squares(10);
  CHECK((squares.size() == 10 && !squares.empty()));
  CHECK(std::ranges::count(squares, 0) == 10);
  Forked child([&] {
    for (std::size_t i = 0; i != squares.size(); ++i) squares[i] = static_cast<int>(i * i);
    return true;
  });
  CHECK(child.join());
  CHECK(std::accumulate(squares.begin(), squares.end(), 0) == 285);
  CHECK((squares.front() == 0 && squares.back() == 81 && squares.at(3) == 9));
  CHECK_THROWS_AS(squares.at(10), std::out_of_range);
  std::ranges::reverse(squares.span().subspan(2, 3));
  CHECK((squares[2] == 16 && squares[4] == 4));
  squares.fill(7);
  CHECK(std::ranges::count(squares, 7) == 10);
}

TEST_CASE("arrays are made of what there is, or of a size") {
  const Array<double> listed{0.5, 1.5, 2.5};
  CHECK((listed.size() == 3 && listed[1] == 1.5));
  const std::vector<std::uint8_t> bytes(1000, 9);
  const Array<std::uint8_t> copied{std::span(bytes)};
  CHECK(std::ranges::equal(copied, bytes));
  const Array<Best> structs(2);
  CHECK((structs[1].score == 0 && structs[1].name[0] == '\0'));
  CHECK(Array<int>().size() == 0);
}

TEST_CASE("single elements can be counted in without a lock") {
  constexpr int kEach = 20'000;
  const Array<int> counts(4);
  std::vector<Forked> children;
  for (int c = 0; c != 3; ++c) {
    children.emplace_back([&] {
      for (int i = 0; i != kEach; ++i) {
        std::atomic_ref(counts[0]).fetch_add(1);
        const std::scoped_lock guard(counts.get_lock());
        ++counts[3];
      }
      return true;
    });
  }
  for (Forked& child : children) CHECK(child.join());
  CHECK(counts[0] == 3 * kEach);
  CHECK(counts[3] == 3 * kEach);
}

TEST_CASE("shared memory has exactly the size that was asked for, and is all zero") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{1} << 20}) {
    const SharedMemory memory(size);
    CHECK(memory.size() == size);
    CHECK(std::ranges::all_of(memory.span(), [](std::byte b) { return b == std::byte{0}; }));
    CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0);
  }
  SharedMemory memory(100);
  Forked child([&] {
    memory[99] = std::byte{5};
    return true;
  });
  CHECK(child.join());
  CHECK(memory.span().back() == std::byte{5});
}

TEST_CASE("more memory than there is is refused when it is made") {
  CHECK_THROWS_AS(SharedMemory(std::size_t{1} << 50), SyncError);
  CHECK_THROWS_AS(SharedMemory(SIZE_MAX), SyncError);
  CHECK_THROWS_AS(Array<double>(SIZE_MAX / 2), SyncError);
}

TEST_CASE("handles: copied, moved, compared") {
  Value<int> one(1);
  Value<int> same = one;
  same = 2;
  CHECK(one.get() == 2);
  CHECK(static_cast<const sdk::Object&>(one) == same);
  const Value<int> moved = std::move(one);
  CHECK(moved.get() == 2);
  Array<int> first{1, 2};
  Array<int> second{3};
  second = first;
  CHECK((second.size() == 2 && second[0] == 1));
}

TEST_CASE("memory is not taken for something that it is too small for") {
  const SharedMemory five(5);
  CHECK_THROWS_AS(Value<std::int64_t>(sdk::Object(five)), SyncError);
  CHECK_THROWS_AS(Array<std::int16_t>(sdk::Object(five)), SyncError);
  CHECK(Array<char>(sdk::Object(five)).size() == 5);
}

TEST_CASE("the type of memory tells what lies in it") {
  const std::array<std::string, 9> types{
      sdk::Wire<Value<int>>::type(),   sdk::Wire<Value<double>>::type(),
      sdk::Wire<Value<float>>::type(), sdk::Wire<Value<std::int64_t>>::type(),
      sdk::Wire<Value<Best>>::type(),  sdk::Wire<Value<Plain>>::type(),
      sdk::Wire<Array<int>>::type(),   sdk::Wire<Array<double>>::type(),
      sdk::Wire<SharedMemory>::type()};
  for (std::size_t i = 0; i != types.size(); ++i) {
    for (std::size_t j = 0; j != types.size(); ++j) {
      INFO(types[i] << " from " << types[j]);
      CHECK(accepts(*parse_type(types[i]), *parse_type(types[j])) == (i == j));
    }
  }
}

TEST_CASE("memory that was made elsewhere is opened with its size, and checked") {
  const auto made = sync::Memory::create(1000).value();
  made->bytes()[999] = std::byte{1};
  const auto descriptors = [&] {
    std::vector<UniqueFd> fds;
    fds.push_back(duplicate(made->descriptors()[0]).value());
    return fds;
  };
  const auto opened = sync::Memory::open(made->id(), descriptors()).value();
  const auto& memory = static_cast<const sync::Memory&>(*opened);
  CHECK(memory.bytes().size() == 1000);
  CHECK(memory.bytes()[999] == std::byte{1});
  CHECK(memory.bytes().data() != made->bytes().data());
  CHECK(sync::Memory::open(made->id() + 1, descriptors()).has_error());
  CHECK(sync::Memory::open(made->id(), {}).has_error());
}

}  // namespace memory_test
}  // namespace penstock
