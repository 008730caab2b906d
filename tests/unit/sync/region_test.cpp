#include "sync/region.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>

#include "catch.hpp"

namespace penstock::sync {
namespace {

UniqueFd again(const Region& region) {
  return duplicate(region.fd()).value();
}

TEST_CASE("what one writes into a region, another end of it reads") {
  const Region made = Region::create(Kind::memory, 7, 10'000).value();
  CHECK(made.size() >= 10'000);
  CHECK(std::all_of(made.data(), made.data() + made.size(),
                    [](std::byte byte) { return byte == std::byte{0}; }));
  const Region opened = Region::open(again(made), Kind::memory, 7).value();
  CHECK(opened.size() == made.size());
  made.as<int>() = 42;
  CHECK(opened.as<int>() == 42);
  CHECK(opened.data() != made.data());
}

TEST_CASE("a region of another kind or with another id is refused") {
  const Region made = Region::create(Kind::memory, 7, 100).value();
  CHECK(Region::open(again(made), Kind::queue, 7).has_error());
  CHECK(Region::open(again(made), Kind::memory, 8).has_error());
}

TEST_CASE("memory that could shrink under its readers is refused") {
  UniqueFd open(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(::ftruncate(open.get(), 4096) == 0);
  const auto opened = Region::open(std::move(open), Kind::memory, 7);
  REQUIRE(opened.has_error());
  CHECK(opened.error().what() ==
        std::string("a shared object came in a descriptor that is not sealed"));
}

TEST_CASE("a descriptor that is no memory is refused") {
  CHECK(
      Region::open(UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)), Kind::memory, 7).has_error());
}

TEST_CASE("nobody who holds a region can seal it against the others") {
  const Region made = Region::create(Kind::memory, 7, 100).value();
  CHECK(::fcntl(made.fd(), F_ADD_SEALS, F_SEAL_WRITE) != 0);
  CHECK(::ftruncate(made.fd(), 0) != 0);
}

// The limit is for the machine that the tests run on, should the check be missing.
TEST_CASE("more than there is fails with how much was wanted") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit careful{rlim_t{64} << 20, before.rlim_max};
  const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &careful) == 0);
  for (const std::size_t wanted : {std::size_t{1} << 60, std::numeric_limits<std::size_t>::max()}) {
    const auto made = Region::create(Kind::memory, 7, wanted);
    REQUIRE(made.has_error());
    CHECK(made.error().status() == Status::lack);
    CHECK(std::string(made.error().what()).find("are free") != std::string::npos);
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old_action);
}

}  // namespace
}  // namespace penstock::sync
