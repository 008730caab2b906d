// Shared objects in a program that has them from nowhere: this one, which uses the headers alone.
#include <penstock/mutex.hpp>
#include <penstock/pipe.hpp>
#include <penstock/shared.hpp>
#include <penstock/shared_map.hpp>

#include <string>

#include "catch.hpp"

using namespace penstock;

namespace {

const std::string from_nowhere =
    "shared objects need a worker that offers them, or a program that links penstock::penstock";

TEST_CASE("what makes, finds or reads a shared object where there are none says what it needs") {
  CHECK_THROWS_WITH(Mutex(), from_nowhere);
  CHECK_THROWS_WITH(SharedMap<int>(), from_nowhere);
  CHECK_THROWS_WITH(Mutex::named("log"), from_nowhere);
  CHECK_THROWS_WITH(Pipe<int>(), from_nowhere);
  std::string value;
  CborWriter out(value);
  out.map(1);
  out.text("shared_mutex");
  out.integer(7);
  CHECK_THROWS_WITH(sdk::Wire<Mutex>::decode(as_bytes(value)), from_nowhere);
}

TEST_CASE("an object that is none can be copied, compared and dropped, but not used") {
  const sdk::Object none;
  const sdk::Object copy = none;  // NOLINT(performance-unnecessary-copy-initialization)
  CHECK((copy == none && copy.id() == 0 && !copy.valid()));
  CHECK_THROWS_WITH(none.handle(), "a shared object is used that is none");
  CHECK_THROWS_WITH(Connection<int>().recv(), "this end of the pipe is closed");
  CHECK_THROWS_WITH(*Shared<Mutex>(), "a shared object is used that no parameter has set");
}

}  // namespace
