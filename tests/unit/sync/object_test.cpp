#include "sync/object.hpp"

#include <algorithm>
#include <set>

#include "catch.hpp"
#include "sync/party.hpp"
#include "sync/region.hpp"
#include "sync/table.hpp"

namespace penstock::sync {
namespace {

class Plain final : public Object {
 public:
  explicit Plain(std::uint64_t id) : Object(Kind::event, id) {}
  std::vector<int> descriptors() const override { return {}; }
  bool bury(Party) override { return true; }
};

ObjectRef plain(std::uint64_t id = new_object_id()) {
  return std::make_shared<Plain>(id);
}

std::string error() {
  const penstock_text text = penstock_sync_functions()->error();
  return {text.data, text.size};
}

TEST_CASE("ids and parties do not come twice") {
  std::set<std::uint64_t> ids;
  std::set<Party> parties{kNobody, kProgram};
  for (int i = 0; i < 1000; ++i) {
    CHECK(ids.insert(new_object_id()).second);
    CHECK(parties.insert(new_party()).second);
  }
  CHECK(ids.count(0) == 0);
  CHECK(this_party() == kProgram);
}

TEST_CASE("a process has one object of each, as long as somebody holds it") {
  const ObjectRef first = make_known(plain(5));
  CHECK(make_known(plain(5)) == first);
  CHECK(known_object(5) == first);
  CHECK(known_object(6) == nullptr);
  ObjectRef brief = make_known(plain(6));
  brief.reset();
  CHECK(known_object(6) == nullptr);
  CHECK(open_object(Kind::event, 5, {}).value() == first);
}

// An object that comes in memory which its kind would not have written.
std::string refusal(Kind kind, std::size_t bytes, std::byte content, std::size_t descriptors) {
  const std::uint64_t id = new_object_id();
  const Region region = Region::create(kind, id, bytes).value();
  std::fill_n(region.data(), bytes, content);
  std::vector<UniqueFd> fds;
  for (std::size_t i = 0; i < descriptors; ++i) fds.push_back(duplicate(region.fd()).value());
  const auto opened = open_object(kind, id, std::move(fds));
  return opened ? "opened" : opened.error().what();
}

TEST_CASE("what stands in the memory of an object that comes is checked") {
  constexpr std::size_t kLarge = std::size_t{1} << 20;
  CHECK(refusal(Kind::barrier, kLarge, std::byte{0}, 1) ==
        "a barrier came with a wrong number of parties");
  CHECK(refusal(Kind::barrier, kLarge, std::byte{0xff}, 1) ==
        "a barrier came with a wrong number of parties");
  CHECK(refusal(Kind::condition, kLarge, std::byte{0}, 2) ==
        "a condition came with something else than a mutex");
  CHECK(refusal(Kind::condition, kLarge, std::byte{0}, 1) == "a condition came without its mutex");
  CHECK(refusal(Kind::memory, kLarge, std::byte{0xff}, 1) ==
        "shared memory says that it is larger than it is");
  CHECK(refusal(Kind::queue, kLarge, std::byte{0}, 1) ==
        "a shared queue came with 1 descriptors instead of two");
  CHECK(refusal(static_cast<Kind>(99), kLarge, std::byte{0}, 1) ==
        "a shared object of a kind that this version does not have: 99");
}

TEST_CASE("what is written into a value is mentioned in the innermost scope, once") {
  const ObjectRef object = plain();
  CHECK_FALSE(Mentions::add(object));
  Mentions outer;
  {
    Mentions inner;
    CHECK(Mentions::add(object));
    CHECK(Mentions::add(object));
    CHECK(inner.take() == std::vector<ObjectRef>{object});
  }
  CHECK(outer.take().empty());
  CHECK(Mentions::add(object));
  CHECK(outer.take() == std::vector<ObjectRef>{object});
}

TEST_CASE("an object that came is found until it is forgotten, and looked for when it is late") {
  const ObjectRef object = plain(77);
  CHECK(Received::find(77) == nullptr);
  Received::put(object);
  CHECK(Received::find(77) == object);
  Received::forget(77);
  CHECK(Received::find(77) == nullptr);
  Received::on_missing([](std::uint64_t id) {
    if (id == 78) Received::put(plain(78));
  });
  CHECK(Received::find(77) == nullptr);
  CHECK(Received::find(78)->id() == 78);
  Received::on_missing(nullptr);
  Received::forget(78);
}

TEST_CASE("handles of the C table: found by id or name, copied and dropped") {
  const penstock_sync& table = *penstock_sync_functions();
  ObjectRef object = plain(90);
  Received::put(object);
  Named::put("door", object);
  penstock_object* found = table.find(90, PENSTOCK_EVENT);
  REQUIRE(found != nullptr);
  penstock_object* other = table.copy(found);
  CHECK(table.id(other) == 90);
  table.drop(found);
  table.drop(other);
  penstock_object* named = table.named({"door", 4}, PENSTOCK_EVENT);
  REQUIRE(named != nullptr);
  table.drop(named);

  CHECK(table.find(91, PENSTOCK_EVENT) == nullptr);
  CHECK(error() == "the shared object that this value names is not known here");
  CHECK(table.named({"door", 4}, PENSTOCK_MUTEX) == nullptr);
  CHECK(error() == "shared object \"door\" is of another kind");
  CHECK(table.named({"gate", 4}, PENSTOCK_MUTEX) == nullptr);
  CHECK(error() == "shared object \"gate\" is not known here");

  Received::forget(90);
  Named::put("door", nullptr);
  CHECK(object.use_count() == 1);
}

TEST_CASE("a value that goes nowhere cannot name an object") {
  const penstock_sync& table = *penstock_sync_functions();
  penstock_object handle(plain());
  CHECK(table.mention(&handle) == PENSTOCK_SYNC_ERROR);
  CHECK(error().find("as an argument of a call") != std::string::npos);
  Mentions scope;
  CHECK(table.mention(&handle) == PENSTOCK_SYNC_OK);
  CHECK(scope.take() == std::vector<ObjectRef>{handle.object});
}

}  // namespace
}  // namespace penstock::sync
