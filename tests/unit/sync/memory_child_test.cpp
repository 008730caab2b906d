// Shared memory that another process changes, and what becomes of it: the cases of CPython's
// _TestValue, _TestSharedCTypes, _TestHeap and _TestSharedMemory.
#include <penstock/array.hpp>
#include <penstock/shared_memory.hpp>
#include <penstock/value.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "forked.hpp"

namespace penstock::sync {
namespace {

struct Mixed {
  int x;
  double y;
  std::int64_t z;
  bool operator==(const Mixed&) const = default;
};

struct Entry {
  char name[8];
  double weight;
  std::int64_t count;
  bool fresh;
};

template <class T>
void changes_by_raw(const T& first, const T& second) {
  const Value<T> value(first);
  const std::scoped_lock held(value.get_lock());  // which nobody asks for
  Forked child([&] {
    if (!(*value.raw() == first)) return false;
    *value.raw() = second;
    return true;
  });
  CHECK(child.join());
  CHECK(*value.raw() == second);
}

TEST_CASE("a raw value is the same memory in a child, and takes no lock") {
  changes_by_raw<int>(4343, 24234);
  changes_by_raw<double>(3.625, -4.25);
  changes_by_raw<std::int16_t>(-232, 234);
  changes_by_raw<std::int64_t>(1LL << 33, 1LL << 34);
  changes_by_raw<char>('x', 'y');
  changes_by_raw<Mixed>({1, 0.5, -1}, {2, 1.5, -2});
}

struct Shared {
  Value<int> x{7};
  Value<double> y{1.0 / 4};
  Value<std::int64_t> z{std::int64_t{1} << 33};
  Value<Mixed> mixed{Mixed{3, 2, 1}};
  Array<double> numbers = Array<double>(10);
  Array<char> text = Array<char>(100);

  // In steps, between which others may come.
  void double_all() const {
    x = x.get() * 2;
    y = y.get() * 2;
    z = z.get() * 2;
    const Mixed seen = mixed.get();
    mixed = Mixed{seen.x * 2, seen.y * 2, seen.z * 2};
    for (double& number : numbers) number *= 2;
    const std::size_t size = std::strlen(text.data());
    std::copy_n(text.data(), size, text.data() + size);
  }

  bool is_doubled(int times) const {
    const int by = 1 << times;
    std::string repeated;
    for (int i = 0; i != by; ++i) repeated += "hello";
    const Mixed want{3 * by, 2.0 * by, by};
    bool fine = x == 7 * by && y == 0.25 * by && z == by * (std::int64_t{1} << 33) &&
                mixed.get() == want && text.data() == repeated;
    for (std::size_t i = 0; i != 10; ++i) fine = fine && numbers[i] == static_cast<double>(i) * by;
    return fine;
  }
};

TEST_CASE("numbers, a struct, an array and a text that other processes double") {
  const Shared all;
  std::iota(all.numbers.begin(), all.numbers.end(), 0.0);
  std::ranges::copy(std::string_view("hello"), all.text.begin());
  CHECK(all.is_doubled(0));
  Forked child([&] {
    all.double_all();
    return true;
  });
  CHECK(child.join());
  CHECK(all.is_doubled(1));

  // Several at a time: each is alone while it has the locks.
  std::vector<Forked> children;
  for (int i = 0; i != 3; ++i) {
    children.emplace_back([&] {
      const std::scoped_lock guard(all.x.get_lock(), all.y.get_lock(), all.z.get_lock(),
                                   all.mixed.get_lock(), all.numbers.get_lock(),
                                   all.text.get_lock());
      all.double_all();
      return true;
    });
  }
  for (Forked& one : children) CHECK(one.join());
  CHECK(all.is_doubled(4));
}

TEST_CASE("a struct that was read is a copy") {
  const Value<Mixed> value(Mixed{2, 5.0, std::int64_t{1} << 33});
  const Mixed copy = value;
  value.update([](Mixed& shared) { shared = {}; });
  CHECK(copy == Mixed{2, 5.0, std::int64_t{1} << 33});
  CHECK(value.get() == Mixed{});
}

TEST_CASE("an array of structs holds mixed values at their places") {
  const Array<Entry> list{
      {"howdy", 273.154, 100, true}, {"", -1.5, -8, false}, {"HoWdY", 0, 0, true}};
  REQUIRE(list.size() == 3);
  CHECK((std::string_view(list[0].name) == "howdy" && list[0].weight == 273.154));
  CHECK((list.at(1).count == -8 && !list.at(1).fresh && list.back().fresh));
  CHECK_THROWS_AS(list.at(3), std::out_of_range);
  CHECK_THROWS_AS(list.at(3).count = 1, std::out_of_range);

  const Array<Entry> copy{std::span<const Entry>(list.span())};
  Forked child([&] {
    std::memcpy(list[1].name, "2345678", 8);  // as long as it may be
    list[1].count = 4;
    std::swap(list[0], list[2]);
    return std::ranges::count(list, true, &Entry::fresh) == 2;
  });
  CHECK(child.join());
  CHECK((std::string_view(list[1].name) == "2345678" && list[1].count == 4));
  CHECK((list[1].weight == -1.5 && !list[1].fresh));  // what stands beside it
  CHECK((list[0].count == 0 && list[2].count == 100));
  const auto found = std::ranges::find_if(
      list, [](const Entry& entry) { return std::string_view(entry.name) == "howdy"; });
  CHECK(found - list.begin() == 2);
  CHECK((std::string_view(copy[0].name) == "howdy" && copy[1].count == -8));
}

TEST_CASE("all handles of shared memory are of the same bytes, and each keeps them") {
  SharedMemory first(512);
  const SharedMemory second = first;
  first[0] = std::byte{42};
  CHECK((second.size() == 512 && second[0] == std::byte{42}));
  second[511] = std::byte{7};
  CHECK(first.span().back() == std::byte{7});
  CHECK_FALSE(SharedMemory(512)[0] == std::byte{42});  // another one
  first = SharedMemory();
  CHECK(first.size() == 0);
  Forked child([&] {
    const SharedMemory third = second;
    if (third[0] != std::byte{42} || third[511] != std::byte{7}) return false;
    third[1] = std::byte{1};
    return true;
  });
  CHECK(child.join());
  CHECK(second[1] == std::byte{1});
}

struct Held {
  std::ptrdiff_t descriptors;
  std::ptrdiff_t mappings;
  bool operator==(const Held&) const = default;
};

Held held_here() {
  Held held{0, 0};
  const std::filesystem::directory_iterator all("/proc/self/fd");
  held.descriptors = std::distance(begin(all), end(all));
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/memfd:penstock") != std::string::npos) ++held.mappings;
  }
  return held;
}

TEST_CASE("five thousand blocks of memory come and go, and nothing is left of them") {
  constexpr std::size_t kAtOnce = 50;
  const auto is_all = [](const SharedMemory& block, std::byte value) {
    const std::byte* data = block.data();
    return data[0] == value && std::memcmp(data, data + 1, block.size() - 1) == 0;
  };
  const SharedMemory first(1);
  const Held before = held_here();
  {
    std::minstd_rand random(7);
    std::vector<std::pair<SharedMemory, std::byte>> blocks;
    bool whole = true;
    for (int i = 0; i != 5000 && whole; ++i) {
      SharedMemory block(1 + random() % (random() % 8 == 0 ? 100'000 : 2000));
      whole = is_all(block, std::byte{0});
      const auto value = static_cast<std::byte>(1 + random() % 255);
      std::memset(block.data(), static_cast<int>(value), block.size());
      blocks.emplace_back(std::move(block), value);
      if (blocks.size() <= kAtOnce) continue;
      std::swap(blocks[random() % blocks.size()], blocks.back());
      whole = whole && is_all(blocks.back().first, blocks.back().second);
      blocks.pop_back();
    }
    for (const auto& [block, value] : blocks) whole = whole && is_all(block, value);
    CHECK(whole);
    CHECK(held_here().mappings >= before.mappings + static_cast<std::ptrdiff_t>(kAtOnce));
  }
  CHECK(held_here() == before);
}

}  // namespace
}  // namespace penstock::sync
