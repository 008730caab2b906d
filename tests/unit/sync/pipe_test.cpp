// The public class, with the cases of CPython's own tests: _TestConnection, _TestPoll,
// _TestPicklingConnections.
#include <penstock/pipe.hpp>

#include <cstring>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "catch.hpp"
#include "forked.hpp"
#include "sync/object.hpp"

namespace penstock {

struct Point {
  std::int32_t x;
  double y;
};
PENSTOCK_FIELDS(Point, x, y);

struct Row {
  std::string name;
  std::vector<std::optional<double>> values;
};
PENSTOCK_FIELDS(Row, name, values);

namespace {

using namespace std::chrono_literals;
using sync::Forked;

std::vector<std::byte> bytes(std::string_view text) {
  const Bytes view = as_bytes(text);
  return {view.begin(), view.end()};
}

// Sends back all messages of bytes, until one that is "end".
bool echo_bytes(Connection<Row>& end) {
  for (;;) {
    const std::vector<std::byte> message = end.recv_bytes();
    if (message == bytes("end")) return true;
    end.send_bytes(message);
  }
}

template <class Pair, class Body>
Forked other_process(Pair& ends, Body body) {
  return Forked([&] {
    ends.first.close();
    return body(ends.second);
  });
}

TEST_CASE("what is sent comes back: values, bytes, bytes into a buffer, and 16 MiB") {
  auto ends = Pipe<Row>();
  Forked other = other_process(ends, echo_bytes);
  ends.second.close();
  Connection<Row>& mine = ends.first;

  mine.send({"a row", {1.0, 2.25, std::nullopt}});
  const Row row = mine.recv();
  CHECK(row.name == "a row");
  CHECK(row.values == std::vector<std::optional<double>>{1.0, 2.25, std::nullopt});

  mine.send_bytes(as_bytes("hello world"));
  CHECK(mine.recv_bytes() == bytes("hello world"));

  std::vector<std::byte> buffer(40);
  mine.send_bytes(as_bytes("hello world"));
  CHECK(mine.recv_bytes_into(buffer) == 11);
  CHECK(std::memcmp(buffer.data(), "hello world\0", 12) == 0);
  mine.send_bytes(as_bytes("hello"));
  CHECK(mine.recv_bytes_into(std::span(buffer).subspan(3)) == 5);
  CHECK(std::memcmp(buffer.data(), "helhellorld\0", 12) == 0);
  mine.send_bytes({});
  CHECK(mine.recv_bytes_into({}) == 0);

  const std::string long_text(110, 'x');
  mine.send_bytes(as_bytes(long_text));
  try {
    mine.recv_bytes_into(buffer);
    FAIL("it fits where it does not");
  } catch (const BufferTooShort& too_short) {
    CHECK(too_short.message() == bytes(long_text));
    CHECK(std::string(too_short.what()) == "a message of 110 bytes does not fit where it is to go");
  }

  CHECK_FALSE(mine.poll());
  CHECK_FALSE(mine.poll(-1s));
  CHECK_FALSE(mine.poll(10ms));
  mine.send({});
  CHECK(mine.poll(20s));
  CHECK(mine.poll());
  CHECK(mine.recv().name.empty());

  const std::string really_big(std::size_t{16} << 20, 'X');
  mine.send_bytes(as_bytes(really_big));
  CHECK(as_text(mine.recv_bytes()) == really_big);

  mine.send_bytes(as_bytes("end"));
  CHECK((mine.readable() && mine.writable()));
  CHECK_THROWS_AS(mine.recv(), EndOfFile);
  CHECK_THROWS_AS(mine.recv_bytes(), EndOfFile);
  CHECK_THROWS_WITH(mine.recv(), "no process holds the other end of the pipe any more");
  CHECK_THROWS_AS(mine.send({}), Closed);
  CHECK(other.join());
}

TEST_CASE("a pipe that is not duplex goes one way") {
  auto [reader, writer] = Pipe<int>(false);
  writer.send(1);
  CHECK(reader.recv() == 1);
  CHECK((reader.readable() && !reader.writable()));
  CHECK((!writer.readable() && writer.writable()));
  CHECK_THROWS_WITH(reader.send(2), "pipe: this end of a one-way pipe only receives");
  CHECK_THROWS_AS(writer.recv(), SyncError);
  CHECK_THROWS_AS(writer.poll(), SyncError);
}

TEST_CASE("a part of bytes, or none of them, can be sent") {
  auto [a, b] = Pipe<int>();
  const Bytes letters = as_bytes("abcdefghijklmnopqrstuvwxyz");
  a.send_bytes(letters.subspan(5));
  CHECK(b.recv_bytes() == bytes("fghijklmnopqrstuvwxyz"));
  a.send_bytes(letters.subspan(7, 8));
  CHECK(b.recv_bytes() == bytes("hijklmno"));
  a.send_bytes(letters.subspan(26));
  CHECK(b.recv_bytes().empty());
}

TEST_CASE("values of every kind pass") {
  auto [texts_in, texts_out] = Pipe<std::string>(false);
  texts_out.send("");
  texts_out.send(std::string(100'000, 'y'));
  CHECK(texts_in.recv().empty());
  CHECK(texts_in.recv() == std::string(100'000, 'y'));

  auto [points_in, points_out] = Pipe<Point>(false);
  points_out.send({-3, 0.5});
  const Point point = points_in.recv();
  CHECK((point.x == -3 && point.y == 0.5));

  auto [lists_in, lists_out] = Pipe<std::vector<std::int64_t>>(false);
  std::vector<std::int64_t> list(50'000);
  for (std::size_t i = 0; i != list.size(); ++i) list[i] = static_cast<std::int64_t>(i * i);
  std::thread sender([&, &out = lists_out] { out.send(list); });
  CHECK(lists_in.recv() == list);
  sender.join();
}

TEST_CASE("a message of another type is damage, not a crash, and the next one is there") {
  auto [reader, writer] = Pipe<std::int64_t>(false);
  writer.send_bytes(as_bytes("no number"));
  writer.send(5);
  CHECK_THROWS_AS(reader.recv(), Malformed);
  CHECK(reader.recv() == 5);
}

TEST_CASE("what is thrown while a message comes is thrown when it is over, and the next is there") {
  auto [reader, writer] = Pipe<int>(false, 4096);
  for (const bool at_first : {true, false}) {
    std::thread sender([&, &out = writer] { out.send_bytes(std::vector<std::byte>(100'000)); });
    std::size_t pieces = 0;
    const auto begin = [&](std::uint64_t) {
      if (at_first) throw std::length_error("too long for us");
    };
    const auto take = [&](std::uint64_t, Bytes) {
      ++pieces;
      throw std::range_error("not so");
    };
    if (at_first) {
      CHECK_THROWS_AS(sdk::receive(reader.handle(), sdk::forever, begin, take), std::length_error);
    } else {
      CHECK_THROWS_AS(sdk::receive(reader.handle(), sdk::forever, begin, take), std::range_error);
    }
    sender.join();
    CHECK(pieces == (at_first ? 0 : 1));
    writer.send(5);
    CHECK(reader.recv() == 5);
  }
}

TEST_CASE("a pipe of more than 1 GiB is refused") {
  CHECK_THROWS_WITH(Pipe<int>(true, (std::size_t{1} << 30) + 1),
                    "pipe: a ring of 1073741825 bytes is too large; at most 1 GiB (1073741824 "
                    "bytes)");
}

TEST_CASE("an end is moved and not copied, and is closed with its scope") {
  static_assert(!std::is_copy_constructible_v<Connection<int>>);
  static_assert(!std::is_copy_assignable_v<Connection<int>>);
  static_assert(std::is_nothrow_move_constructible_v<Connection<int>>);
  auto [a, b] = Pipe<int>();
  {
    Connection<int> c = std::move(b);
    CHECK(b.closed());
    CHECK_FALSE(c.closed());
    a.send(1729);
    CHECK(c.recv() == 1729);
    auto [d, e] = Pipe<int>();
    d = std::move(c);
    CHECK_THROWS_AS(e.recv(), EndOfFile);
    a.send(7);
    CHECK(d.recv() == 7);
  }
  CHECK_THROWS_AS(a.recv(), EndOfFile);
  CHECK_THROWS_AS(a.send(1), Closed);
  a.close();
  a.close();
  CHECK(a.closed());
  CHECK_FALSE((a.readable() || a.writable()));
  CHECK_THROWS_WITH(a.recv(), "this end of the pipe is closed");
  CHECK_THROWS_AS(a.send(1), SyncError);
  CHECK_THROWS_AS(a.fileno(), SyncError);
}

TEST_CASE("forms with a time-out say whether it was in time") {
  auto [a, b] = Pipe<std::string>(true, 4096);
  CHECK(a.recv_for(1ms) == std::nullopt);
  const std::string half(2000, 'h');
  CHECK(b.send_for(half, 0s));
  CHECK_FALSE(b.send_for(half + half, 1ms));
  CHECK(a.recv_for(0s) == half);
  CHECK_FALSE(a.poll());
}

TEST_CASE("an end that was cut off in a message says so") {
  auto ends = Pipe<std::string>(true, 4096);
  Forked other = other_process(ends, [](auto& end) {
    end.send(std::string(100'000, 'z'));
    return false;
  });
  ends.second.close();
  REQUIRE(ends.first.poll(20s));
  other.kill();
  CHECK_THROWS_WITH(
      ends.first.recv(),
      "the process that held the other end of the pipe was gone in the middle of a message");
  CHECK_THROWS_AS(ends.first.recv(), EndOfFile);
}

TEST_CASE("poll: an empty message is there, too, until it is received") {
  auto [a, b] = Pipe<int>();
  CHECK_FALSE(a.poll());
  b.send_bytes({});
  CHECK(a.poll());
  CHECK(a.poll());
  CHECK(a.recv_bytes().empty());
  CHECK_FALSE(a.poll());
}

TEST_CASE("poll: messages that come one by one, and the boundaries between them") {
  const std::vector<std::string> strings{"hello", "", "a", "b", "", "bye", "", "lop"};
  auto ends = Pipe<std::string>();
  Forked other = other_process(ends, [&](auto& end) {
    for (const std::string& text : strings) {
      end.send(text);
      if (end.recv() != text) return false;
    }
    for (const std::string& text : strings) end.send(text);
    return true;
  });
  ends.second.close();
  for (const std::string& text : strings) {
    CHECK(ends.first.poll(20s));
    CHECK(ends.first.recv() == text);
    ends.first.send(text);
  }
  for (const std::string& text : strings) {
    CHECK(ends.first.poll(20s));
    CHECK(ends.first.poll());
    CHECK(ends.first.recv() == text);
  }
  CHECK(ends.first.poll(20s));
  CHECK_THROWS_AS(ends.first.recv(), EndOfFile);
  CHECK(other.join());
}

TEST_CASE("poll takes nothing out, in whichever process it is called") {
  auto ends = Pipe<std::string>(false);
  Forked other([&] { return ends.first.poll(20s); });
  ends.second.send("first");
  ends.second.send("second");
  CHECK(other.join());
  CHECK(ends.first.recv() == "first");
  CHECK(ends.first.recv() == "second");
}

// What the engine does with a value that is an argument of a call.
TEST_CASE("an end that is passed on is given up here, and goes on there") {
  auto [mine, yours] = Pipe<std::string>();
  mine.send("before");
  std::string value;
  std::vector<sync::ObjectRef> objects;
  {
    sync::Mentions mentions;
    const std::tuple<int, Connection<std::string>> arguments(1, std::move(yours));
    sdk::Wire<std::tuple<int, Connection<std::string>>>::encode(arguments, value, [](Bytes) {});
    CHECK(std::get<1>(arguments).closed());
    objects = mentions.take();
  }
  REQUIRE(objects.size() == 1);
  std::vector<UniqueFd> descriptors;
  for (const int fd : objects[0]->descriptors()) descriptors.push_back(duplicate(fd).value());
  const std::uint64_t id = objects[0]->id();
  objects.clear();
  CHECK_FALSE(mine.poll());

  sync::Received::put(
      sync::open_object(sync::Kind::connection, id, std::move(descriptors)).value());
  {
    auto arguments = sdk::Wire<std::tuple<int, Connection<std::string>>>::decode(as_bytes(value));
    Connection<std::string> there = std::move(std::get<1>(arguments));
    CHECK(there.recv() == "before");
    there.send("after");
  }
  // The worker still knows the object; the end is closed all the same.
  CHECK(mine.recv() == "after");
  CHECK_THROWS_AS(mine.recv(), EndOfFile);
  sync::Received::forget(id);

  auto [left, right] = Pipe<int>();
  std::string nowhere;
  CborWriter out(nowhere);
  CHECK_THROWS_AS(sdk::Codec<Connection<int>>::write(out, left), SyncError);
  CHECK_FALSE(left.closed());
}

TEST_CASE("the type of an end on an edge tells what it carries") {
  CHECK(sdk::Wire<Connection<int>>::type() ==
        "record{shared_connection:int,of:optional<list<record{pipe_int:any}>>}");
  CHECK(sdk::Wire<Connection<int>>::type() != sdk::Wire<Connection<double>>::type());
}

}  // namespace
}  // namespace penstock
