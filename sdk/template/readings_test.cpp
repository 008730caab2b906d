// Runs the task in this process, without an engine.
#include <penstock/testing.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using Texts = std::vector<std::string>;

static void check(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

int main() {
  penstock::Rig rig(penstock_plugin, "parse", {{"lowest", "-90"}});
  check(rig.open(), "the task opens");

  check(rig.run("north pole -40"), "a reading is taken");
  check(rig.run("north pole -91"), "one that is too low is no failure");
  check(rig.run("attic"), "neither is a line without a value");

  check(rig.emissions().size() == 3, "each line leaves once");
  check(rig.emitted<penstock::Datum>().front()["value"].integer() == -40, "the value is a number");
  check(rig.emitted<std::string>("rejects") == Texts{"north pole -91", "attic"},
        "the others are rejected as they came");
}
