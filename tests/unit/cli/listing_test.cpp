#include "catch.hpp"
#include "cli/plugins.hpp"

using namespace penstock;

TEST_CASE("a plugin is listed with its tasks and its place") {
  CHECK(listing_text(
            {"/opt/libtext.so", "text", "1.0.0", "words and lines", {"upper", "grep"}, {}}) ==
        "text 1.0.0  words and lines\n"
        "  text.upper  text.grep\n"
        "  /opt/libtext.so\n");
  CHECK(listing_text({"libx.so", "x", "0.1", "", {}, {}}) == "x 0.1\n  libx.so\n");
}

TEST_CASE("many tasks take several lines") {
  PluginListing listing{"l.so", "big", "1", "", {}, {}};
  for (int i = 10; i < 30; ++i) listing.tasks.push_back("task_" + std::to_string(i));
  const std::string text = listing_text(listing);
  CHECK(text.find("  big.task_10  big.task_11") != std::string::npos);
  CHECK(text.find("big.task_15\n  big.task_16") != std::string::npos);
  CHECK(text.ends_with("  big.task_28  big.task_29\n  l.so\n"));
}
