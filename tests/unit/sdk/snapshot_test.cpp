#include <penstock/snapshot.hpp>

#include "catch.hpp"

using namespace penstock;

namespace {

struct Place {
  std::uint32_t file = 0;
  std::uint64_t offset = 0;
};

struct Totals {
  std::map<std::string, std::int64_t> counts;
  std::string last;
};
PENSTOCK_FIELDS(Totals, counts, last)

}  // namespace

TEST_CASE("a snapshot keeps a trivially copyable value as memory") {
  const Snapshot snapshot = Place{3, 1u << 20};
  CHECK(snapshot.size() == sizeof(Place));
  CHECK(snapshot.as<Place>().file == 3);
  CHECK(snapshot.as<Place>().offset == 1u << 20);
  CHECK_THROWS_AS(snapshot.as<int>(), Malformed);
}

TEST_CASE("a snapshot keeps text and bytes as they are") {
  CHECK(Snapshot("abc").text() == "abc");
  CHECK(Snapshot(std::string("abc")).as<std::string>() == "abc");
  CHECK(Snapshot(as_bytes("abc")).bytes().size() == 3);
  CHECK(Snapshot().empty());
}

TEST_CASE("a string that is given away is not copied") {
  const auto taken = [](const char*& data) -> Snapshot {
    std::string content(1000, 'x');
    data = content.data();
    return content;
  };
  const char* data = nullptr;
  const Snapshot snapshot = taken(data);
  CHECK(snapshot.text().data() == data);
}

TEST_CASE("a snapshot keeps anything else as CBOR") {
  const Snapshot snapshot = Totals{{{"a", 1}, {"b", 2}}, "b"};
  const Totals back = snapshot.as<Totals>();
  CHECK(back.counts.at("b") == 2);
  CHECK(back.last == "b");
  CHECK(Snapshot(std::vector<std::string>{"x"}).as<std::vector<std::string>>().size() == 1);
  CHECK_THROWS_AS(Snapshot("\x01\x02").as<Totals>(), Malformed);
  CHECK_THROWS_AS(Snapshot().as<Totals>(), Malformed);
}

TEST_CASE("epochs compare by number") {
  CHECK(Epoch(3, true, false) == Epoch(3));
  CHECK(Epoch(2) < Epoch(3));
  CHECK(Epoch() == 0);
  CHECK(Epoch(4).number == 4);
}
