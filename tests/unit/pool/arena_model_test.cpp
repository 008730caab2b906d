// Arenas and the engine's book of extents under every order of steps that a seed can choose, with
// up to two deaths of workers at any of them: the real Arena, ExtentTable and rings, driven by what
// model_worker.hpp and model_engine.hpp say.
//
// What has to hold: a block is neither written nor handed out anew while somebody holds it, and
// comes back to its living owner exactly once; extents of a dead owner live until their last block
// is released, and no longer; no item is lost or ends twice; nobody waits for ever, however little
// memory there is, or is refused what is free.
#include "catch.hpp"
#include "model_engine.hpp"

namespace penstock::model {
namespace {

// The sanitizers do not follow when one thread goes from stack to stack.
TEST_CASE("no order of steps and no death loses a block or gives it back too early",
          "[no-sanitizer]") {
  CHECK(find_broken<ModelEngine>(Mistake::none) == "");
}

TEST_CASE("the model of arenas notices what would be a mistake", "[no-sanitizer]") {
  const auto mistake = GENERATE(
      Mistake::released_at_begin, Mistake::dead_reader_holds, Mistake::released_twice_at_death,
      Mistake::extents_die_with_owner, Mistake::view_not_counted, Mistake::told_to_next_life,
      Mistake::retired_before_drained, Mistake::failed_call_kept, Mistake::freed_unnoted,
      Mistake::looked_before_freed, Mistake::page_unpinned, Mistake::page_views_unheld,
      Mistake::extent_not_forgotten, Mistake::extent_sent_to_seat_once,
      Mistake::unnamed_output_kept, Mistake::maker_frees_too);
  CAPTURE(static_cast<int>(mistake));
  CHECK(find_broken<ModelEngine>(mistake) != "");
}

}  // namespace
}  // namespace penstock::model
