#include "pool/extent_table.hpp"

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "ipc/extent.hpp"

namespace penstock {
namespace {

constexpr std::size_t kBytes = 64 * 1024;
constexpr WorkerId kMaker = 1;
constexpr WorkerId kReader = 2;

struct Fixture {
  Fixture() {
    table.on_free = [this](WorkerId owner, std::uint32_t extent, std::uint64_t offset) {
      freed.emplace_back(owner, extent, offset);
    };
    table.on_forget = [this](WorkerId reader, std::uint32_t extent) {
      forgotten.emplace_back(reader, extent);
    };
  }

  // An extent that its owner has begun to use.
  std::uint32_t create(WorkerId owner = kMaker) {
    const std::uint32_t id = table.create(owner, kBytes).value();
    mappings.push_back(ipc::map_owned(table.fd(id), kBytes).value());
    return id;
  }
  BlockId add(std::uint32_t extent, std::uint64_t offset = 0, std::uint64_t size = 100) {
    return table.add(kMaker, {extent, 0, offset, size}).value();
  }
  std::string refusal(WorkerId owner, const ipc::BlockRef& block) {
    const auto added = table.add(owner, block);
    return added ? "none" : added.error().what();
  }

  ExtentTable table{1u << 20};
  std::vector<ipc::Mapping> mappings;
  std::vector<std::tuple<WorkerId, std::uint32_t, std::uint64_t>> freed;
  std::vector<std::pair<WorkerId, std::uint32_t>> forgotten;
};

TEST_CASE("a block is its owner's again when nobody holds it") {
  Fixture f;
  const auto extent = f.create();
  const BlockId block = f.add(extent, 128);
  f.table.hold(block);
  f.table.release(block);
  CHECK(f.freed.empty());
  f.table.release(block);
  CHECK(f.freed == std::vector{std::tuple(kMaker, extent, std::uint64_t{128})});
  CHECK(f.table.written() == 100);
}

TEST_CASE("only what lies wholly in an extent of its own is a block") {
  Fixture f;
  const auto extent = f.create();
  const auto other = f.create(kReader);
  CHECK(f.refusal(kMaker, {extent, 0, 0, kBytes}) == "none");
  CHECK(f.refusal(kMaker, {extent, 0, kBytes, 0}) == "none");
  const std::string outside = "it named a block outside its extent";
  CHECK(f.refusal(kMaker, {extent, 0, 0, kBytes + 1}) == outside);
  CHECK(f.refusal(kMaker, {extent, 0, kBytes, 1}) == outside);
  CHECK(f.refusal(kMaker, {extent, 0, UINT64_MAX, 2}) == outside);
  CHECK(f.refusal(kMaker, {extent, 0, 64, UINT64_MAX}) == outside);
  CHECK(f.refusal(kMaker, {other, 0, 0, 1}) ==
        "it named extent " + std::to_string(other) + ", which is not its own");
  CHECK(f.refusal(kMaker, {9999, 0, 0, 1}) == "it named extent 9999, which is not its own");
  CHECK(f.refusal(kEngine, {extent, 0, 0, 1}).find("not its own") != std::string::npos);
  f.table.drop(kMaker, extent);
  CHECK(f.refusal(kMaker, {extent, 0, 0, 1}).find("not its own") != std::string::npos);
}

TEST_CASE("a block in an extent that its owner has not sealed is refused") {
  Fixture f;
  const auto extent = f.table.create(kMaker, kBytes).value();
  CHECK(f.refusal(kMaker, {extent, 0, 0, 1}) ==
        "shared memory: an extent was used before its owner sealed it");
  f.mappings.push_back(ipc::map_owned(f.table.fd(extent), kBytes).value());
  CHECK(f.refusal(kMaker, {extent, 0, 0, 1}) == "none");
}

TEST_CASE("an extent is dropped by its owner, once, and lives until its last block is released") {
  Fixture f;
  const auto extent = f.create();
  const BlockId block = f.add(extent);
  CHECK_FALSE(f.table.drop(kReader, extent));
  CHECK_FALSE(f.table.drop(kMaker, extent + 1));
  CHECK(f.table.drop(kMaker, extent));
  CHECK_FALSE(f.table.drop(kMaker, extent));
  CHECK(f.table.granted() == kBytes);
  f.table.release(block);
  CHECK(f.table.granted() == 0);
  CHECK(f.freed.empty());  // there is nothing left to be told of
}

TEST_CASE("a reader is sent an extent once, and told when it is no more") {
  Fixture f;
  const auto extent = f.create();
  CHECK_FALSE(f.table.introduce(kMaker, extent));  // it is its own
  CHECK(f.table.introduce(kReader, extent));
  CHECK_FALSE(f.table.introduce(kReader, extent));
  CHECK(f.table.introduce(kReader + 1, extent));
  f.table.retire(kReader + 1);
  f.table.drop(kMaker, extent);
  CHECK(f.forgotten == std::vector{std::pair(kReader, extent)});
}

TEST_CASE("what a dead worker has made lives until it is released, and is read all the time") {
  Fixture f;
  const auto extent = f.create();
  const auto unused = f.create();
  std::memcpy(f.mappings[0].data() + 64, "payload", 7);
  const BlockId block = f.add(extent, 64, 7);
  f.mappings.clear();
  f.table.retire(kMaker);
  CHECK(f.table.granted() == kBytes);  // the one without a block is gone
  CHECK(f.refusal(kMaker, {unused, 0, 0, 1}).find("not its own") != std::string::npos);
  char bytes[7];
  REQUIRE(f.table.read(f.table.ref(block), std::as_writable_bytes(std::span(bytes))).has_value());
  CHECK(std::string(bytes, 7) == "payload");
  f.table.release(block);
  CHECK(f.table.granted() == 0);
  CHECK(f.freed.empty());
}

TEST_CASE("blocks of a pinned maker can be added after its death") {
  Fixture f;
  const auto extent = f.create();
  f.table.pin(kMaker);
  f.table.pin(kMaker);
  f.table.retire(kMaker);
  CHECK(f.table.granted() == kBytes);
  const BlockId block = f.add(extent);
  f.table.release(block);
  CHECK(f.table.granted() == kBytes);
  f.table.unpin(kMaker);
  CHECK(f.table.granted() == kBytes);
  const BlockId last = f.add(extent);
  f.table.unpin(kMaker);
  CHECK(f.table.granted() == kBytes);  // a block is still held
  f.table.release(last);
  CHECK(f.table.granted() == 0);
}

TEST_CASE("an extent that its owner has dropped is not kept by a pin") {
  Fixture f;
  const auto extent = f.create();
  f.table.pin(kMaker);
  CHECK(f.table.drop(kMaker, extent));
  CHECK(f.table.granted() == 0);
  f.table.unpin(kMaker);
}

TEST_CASE("the budget counts whole pages and is never counted past its end") {
  Fixture f;
  f.table.create(kMaker, 1).value();
  CHECK(f.table.granted() == ipc::round_to_pages(1));
  CHECK(f.table.owned_by(kMaker) == ipc::round_to_pages(1));
  CHECK(f.table.owned_by(kReader) == 0);
  CHECK(f.table.affordable(f.table.budget() - f.table.granted()));
  CHECK_FALSE(f.table.affordable(f.table.budget() - f.table.granted() + 1));
  CHECK_FALSE(f.table.affordable(UINT64_MAX));
}

TEST_CASE("whatever is held and released in any order, everything is given back once") {
  Fixture f;
  std::mt19937 random(GENERATE(1u, 2u, 3u));
  const std::vector<std::uint32_t> extents{f.create(), f.create(), f.create()};
  std::vector<BlockId> held;  // once for each holder
  std::map<BlockId, int> holders;
  std::size_t added = 0;
  std::size_t ended = 0;
  for (int step = 0; step < 5000; ++step) {
    if (held.empty() || random() % 3 == 0) {
      held.push_back(f.add(extents[random() % extents.size()], 64 * (random() % 1000)));
      REQUIRE(++holders[held.back()] == 1);
      ++added;
    } else if (random() % 2 == 0) {
      const BlockId block = held[random() % held.size()];
      f.table.hold(block);
      held.push_back(block);
      ++holders[block];
    } else {
      std::swap(held[random() % held.size()], held.back());
      const BlockId block = held.back();
      held.pop_back();
      f.table.release(block);
      if (--holders[block] == 0) ++ended;
    }
    REQUIRE(f.freed.size() == ended);
  }
  f.table.retire(kMaker);
  for (const BlockId block : held) f.table.release(block);
  CHECK(f.freed.size() == ended);
  CHECK(f.table.granted() == 0);
}

}  // namespace
}  // namespace penstock
