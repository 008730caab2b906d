// The plugin `hostile`: one task of each kind, each of which does its work and, in some of its
// calls, attacks the engine.
#include <unistd.h>

#include <penstock/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attack.hpp"

namespace hostile {

using penstock::Emit;
using penstock::Epoch;
using penstock::Params;
using penstock::Snapshot;

struct Attack {
  std::string how = "any";
  std::int64_t seed = 0;
  std::uint64_t every = 10;
  std::optional<Attacker> attacker;

  void params(Params& p) {
    p.optional("how", how, "the kind of attack");
    p.optional("seed", seed, "of all that is random in it");
    p.optional("every", every, "of so many calls one attacks, on average");
  }
  enum class In : std::uint8_t { call, mark };
  void maybe(In place = In::call) {
    if (how == "lie answer nowhere" && place != In::mark) return;  // nobody asks for one elsewhere
    // Each instance has other luck, in the same process too.
    static std::uint64_t instances = 0;
    if (!attacker)
      attacker.emplace(static_cast<std::uint64_t>(seed + ::getpid()) + ++instances * 4999);
    if (!attacker->chance(static_cast<unsigned>(every))) return;
    attacker->strike(how);
    if (how != "lie all begun") attacker->leave();  // that one is told by a call that takes long
  }
};

// Each line, as it is; now and then as many copies as fill pages.
struct Pass {
  Attack attack;
  void params(Params& p) { attack.params(p); }
  void run(std::string_view line, Emit<std::string>& out) {
    for (int copies = line.size() % 50 == 0 ? 1500 : 1; copies > 0; --copies) {
      out(std::string(line));
    }
    attack.maybe();
  }
};

struct Make {
  Attack attack;
  std::int64_t count = 0;
  std::int64_t next = 0;
  void params(Params& p) {
    attack.params(p);
    p.required("count", count, "how many lines");
  }
  bool produce(std::size_t want, Emit<std::string>& out) {
    for (want = std::min<std::size_t>(want, 5); want > 0 && next < count; --want) {
      out("made " + std::to_string(next++));
    }
    attack.maybe();
    return next < count;
  }
  Snapshot snapshot() { return next; }
  void restore(const Snapshot& from) { next = from.as<std::int64_t>(); }
};

struct Gather {
  Attack attack;
  std::string all;
  void params(Params& p) { attack.params(p); }
  void run(std::string_view line, Emit<std::string>& out) {
    all = std::string(line.substr(0, 100));
    for (int copies = attack.how == "swell" ? 700 : 1; copies > 0; --copies) out(all);
    attack.maybe();
  }
  void finish(Emit<std::string>& out) { out(all); }
  Snapshot snapshot() {
    attack.maybe(Attack::In::mark);
    return all;
  }
  void restore(const Snapshot& from) { all = from.as<std::string>(); }
};

struct Drop {
  Attack attack;
  void params(Params& p) { attack.params(p); }
  // After a death some claim that the commit on its way did reach them, whether there was one or
  // not.
  Epoch open(Epoch last, const Snapshot&) {
    return last.number > 0 && attack.seed % 3 == 0 ? last.number + 1 : last.number;
  }
  void run(std::string_view) { attack.maybe(); }
  Snapshot commit(Epoch number) {
    attack.maybe(Attack::In::mark);
    return number.number;
  }
};

}  // namespace hostile

PENSTOCK_PLUGIN("hostile", "1.0.0", "tasks that attack their engine") {
  plugin.transform<hostile::Pass>("pass", "each line as it is");
  plugin.source<hostile::Make>("make", "numbered lines");
  plugin.stateful<hostile::Gather>("gather", "the beginning of each line, the last one again");
  plugin.sink<hostile::Drop>("drop", "nothing is written");
}
