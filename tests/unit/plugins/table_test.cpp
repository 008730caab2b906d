// Joins and totals by group, by hand and against simple models.
#include <penstock/json.hpp>
#include <penstock/testing.hpp>

#include <random>
#include <set>

#include "catch.hpp"
#include "table/aggregate.hpp"
#include "table/join.hpp"

using namespace penstock;

namespace {

using Lines = std::vector<std::string>;

struct Order {
  std::optional<std::int64_t> id;
  std::string name;
};
PENSTOCK_FIELDS(Order, id, name)

struct Price {
  std::optional<double> id;
  std::int64_t price = 0;
  std::string name;
};
PENSTOCK_FIELDS(Price, id, price, name)

struct Sale {
  std::string shop;
  std::optional<std::int64_t> amount;
  double weight = 0;
};
PENSTOCK_FIELDS(Sale, shop, amount, weight)

Lines json_of(const Rig& rig, std::string_view output = {}) {
  Lines lines;
  for (const Datum& record : rig.emitted<Datum>(output)) {
    REQUIRE(write_json(lines.emplace_back(), record));
  }
  return lines;
}

Plugin& plugin() {
  static Plugin plugin = [] {
    Plugin made;
    made.stateful<table::Join>("join", "")
        .input<&table::Join::left>("left", "")
        .input<&table::Join::right>("right", "");
    made.stateful<table::Aggregate>("aggregate", "").output<Datum>("rejects", "");
    return made;
  }();
  return plugin;
}

std::string refusal(const char* task, const Rig::Settings& settings) {
  Rig rig(plugin(), task, settings);
  return rig.open() ? "" : rig.failure()->text;
}

}  // namespace

TEST_CASE("join emits a pair as soon as both are there") {
  Rig rig(plugin(), "join", {{"on", "id"}});
  REQUIRE(rig.open());
  CHECK(rig.run("left", Order{1, "ann"}));
  CHECK(rig.run("right", Price{2.0, 20, "two"}));
  CHECK(json_of(rig).empty());
  CHECK(rig.run("right", Price{1.0, 10, "one"}));
  CHECK(json_of(rig) == Lines{R"({"id":1,"name":"ann","price":10,"right_name":"one"})"});
  rig.clear();
  CHECK(rig.run("left", Order{2, "bob"}));
  CHECK(rig.run("left", Order{1, "eve"}));
  CHECK(json_of(rig) == Lines{R"({"id":2,"name":"bob","price":20,"right_name":"two"})",
                              R"({"id":1,"name":"eve","price":10,"right_name":"one"})"});
  rig.clear();
  CHECK(rig.run("right", Price{1.0, 11, "uno"}));
  CHECK(json_of(rig) == Lines{R"({"id":1,"name":"ann","price":11,"right_name":"uno"})",
                              R"({"id":1,"name":"eve","price":11,"right_name":"uno"})"});
  const Lines keys = rig.keys();
  CHECK(std::set(keys.begin(), keys.end()).size() == 1);
  CHECK_FALSE(keys[0].empty());
  rig.clear();
  CHECK(rig.finish());
  CHECK(json_of(rig).empty());
}

TEST_CASE("join keeps records without a partner where it is asked to") {
  const auto joined = [](const char* kind) {
    Rig rig(plugin(), "join", {{"on", "id"}, {"kind", kind}});
    REQUIRE(rig.open());
    CHECK(rig.run("right", Price{3.0, 30, "three"}));
    CHECK(rig.run("left", Order{2, "bob"}));
    CHECK(rig.run("left", Order{std::nullopt, "nobody"}));
    CHECK(rig.run("right", Price{std::nullopt, 0, "nothing"}));
    CHECK(rig.run("left", Order{3, "ann"}));
    CHECK(rig.emissions().size() == 1);
    CHECK(rig.finish());
    return json_of(rig);
  };
  const Lines inner{R"({"id":3,"name":"ann","price":30,"right_name":"three"})"};
  Lines left = inner;
  left.push_back(R"({"id":2,"name":"bob"})");
  left.push_back(R"({"id":null,"name":"nobody"})");
  Lines outer = left;
  outer.push_back(R"({"id":null,"price":0,"name":"nothing"})");
  CHECK(joined("inner") == inner);
  CHECK(joined("left") == left);
  CHECK(joined("outer") == outer);
}

TEST_CASE("join takes fields of other names, and several of them") {
  Rig rig(plugin(), "join",
          {{"left_on", "name"},
           {"left_on", "id"},
           {"right_on", "name"},
           {"right_on", "price"},
           {"prefix", "r"}});
  REQUIRE(rig.open());
  CHECK(rig.run("left", Order{7, "x"}));
  CHECK(rig.run("right", Price{1.5, 7, "y"}));
  CHECK(rig.run("right", Price{1.5, 7, "x"}));
  CHECK(json_of(rig) == Lines{R"({"id":7,"name":"x","rid":1.5,"price":7})"});
}

TEST_CASE("a name that is taken on both sides is lengthened until it is free") {
  using Map = std::map<std::string, std::int64_t>;
  Rig rig(plugin(), "join", {{"on", "k"}});
  REQUIRE(rig.open());
  CHECK(rig.run("left", Map{{"a", 1}, {"k", 0}, {"right_a", 2}}));
  CHECK(rig.run("right", Map{{"a", 3}, {"k", 0}, {"right_right_a", 4}}));
  CHECK(json_of(rig) ==
        Lines{R"({"a":1,"k":0,"right_a":2,"right_right_right_a":3,"right_right_a":4})"});
}

TEST_CASE("join goes on from its snapshot at any record") {
  std::mt19937 chance(7);
  std::vector<std::pair<bool, std::int64_t>> rows;
  for (int i = 0; i != 200; ++i) rows.emplace_back(chance() % 2 != 0, chance() % 40);
  const auto give = [](Rig& rig, bool left, std::int64_t id) {
    return left ? rig.run("left", Order{id, "left"})
                : rig.run("right", Price{double(id), id, std::string(id, 'x')});
  };
  const Rig::Settings settings{{"on", "id"}, {"kind", "outer"}};
  Rig whole(plugin(), "join", settings);
  REQUIRE(whole.open());
  for (const auto& [left, id] : rows) REQUIRE(give(whole, left, id));
  REQUIRE(whole.finish());

  Lines parts;
  Snapshot snapshot;
  for (std::size_t i = 0; i != rows.size(); ++i) {
    Rig rig(plugin(), "join", settings);
    if (i != 0) REQUIRE(rig.restore(snapshot));
    REQUIRE(rig.open());
    REQUIRE(give(rig, rows[i].first, rows[i].second));
    if (i + 1 == rows.size()) REQUIRE(rig.finish());
    for (std::string& line : json_of(rig)) parts.push_back(std::move(line));
    REQUIRE(rig.snapshot());
    snapshot = rig.answer();
  }
  CHECK(parts == json_of(whole));
  CHECK(parts.size() > 200);

  Rig damaged(plugin(), "join", settings);
  CHECK_FALSE(damaged.restore(Snapshot(snapshot.text().substr(0, snapshot.size() - 1))));
  CHECK_FALSE(damaged.restore(Snapshot("x")));
}

TEST_CASE("a row that is larger than a piece of the log is kept whole") {
  Rig rig(plugin(), "join", {{"on", "id"}});
  REQUIRE(rig.open());
  const std::string large(3'000'000, 'n');
  CHECK(rig.run("left", Order{1, large}));
  CHECK(rig.run("left", Order{1, "small"}));
  CHECK(rig.snapshot());
  Rig next(plugin(), "join", {{"on", "id"}});
  REQUIRE(next.restore(rig.answer()));
  REQUIRE(next.open());
  CHECK(next.run("right", Price{1.0, 5, ""}));
  REQUIRE(next.emissions().size() == 2);
  CHECK(next.emitted<Datum>()[0]["name"].text() == large);
}

TEST_CASE("what a join cannot do is refused in words") {
  CHECK(refusal("join", {}) == "set either 'on', or both 'left_on' and 'right_on'");
  CHECK(refusal("join", {{"on", "a"}, {"left_on", "a"}}) ==
        "set either 'on', or both 'left_on' and 'right_on'");
  CHECK(refusal("join", {{"left_on", "a"}}) ==
        "'left_on' and 'right_on' name different numbers of fields");
  CHECK(refusal("join", {{"on", "a"}, {"prefix", ""}}) ==
        "'prefix' is empty: two fields would have one name");
  Rig rig(plugin(), "join", {{"on", "a"}});
  REQUIRE(rig.open());
  CHECK_FALSE(rig.run("left", "text"));
  CHECK(rig.failure()->text == "a text came where records are joined");
  CHECK(rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
}

TEST_CASE("aggregate gives a record for each group, in their order") {
  Rig rig(plugin(), "aggregate",
          {{"by", "shop"},
           {"sum", "amount"},
           {"sum", "weight"},
           {"min", "amount"},
           {"max", "weight"},
           {"mean", "amount"}});
  REQUIRE(rig.open());
  CHECK(rig.run(Sale{"b", 3, 0.5}));
  CHECK(rig.run(Sale{"a", 5, 1.5}));
  CHECK(rig.run(Sale{"b", -4, 0.25}));
  CHECK(rig.run(Sale{"", 1, 0}));
  CHECK(rig.emissions().empty());
  CHECK(rig.finish());
  CHECK(json_of(rig) ==
        Lines{R"({"shop":"","count":1,"sum_amount":1,"sum_weight":0.0,"min_amount":1,)"
              R"("max_weight":0.0,"mean_amount":1.0})",
              R"({"shop":"a","count":1,"sum_amount":5,"sum_weight":1.5,"min_amount":5,)"
              R"("max_weight":1.5,"mean_amount":5.0})",
              R"({"shop":"b","count":2,"sum_amount":-1,"sum_weight":0.75,"min_amount":-4,)"
              R"("max_weight":0.5,"mean_amount":-0.5})"});
  const Lines keys = rig.keys();
  CHECK(std::set(keys.begin(), keys.end()).size() == 3);
}

TEST_CASE("aggregate leaves out what it cannot count, and passes it on as it is") {
  Rig rig(plugin(), "aggregate", {{"by", "shop"}, {"sum", "amount"}, {"sum", "weight"}});
  REQUIRE(rig.open());
  CHECK(rig.run(Sale{"a", std::nullopt, 1}));
  CHECK(rig.run(Sale{"a", 1, NAN}));
  CHECK(rig.run(Order{1, "no shop"}));
  CHECK(rig.run(
      std::map<std::string, std::string>{{"shop", "a"}, {"amount", "12"}, {"weight", "heavy"}}));
  CHECK(rig.run("no record"));
  CHECK(rig.run(Sale{"a", 2, 3}));
  CHECK(rig.finish());
  CHECK(json_of(rig) == Lines{R"({"shop":"a","count":1,"sum_amount":2,"sum_weight":3.0})"});
  CHECK(json_of(rig, "rejects") ==
        Lines{R"({"shop":"a","amount":null,"weight":1.0})",
              R"({"shop":"a","amount":1,"weight":null})", R"({"id":1,"name":"no shop"})",
              R"({"amount":"12","shop":"a","weight":"heavy"})", R"("no record")"});
  CHECK(rig.ways("rejects") == std::vector(5, Rig::Way::passed_on));
}

TEST_CASE("aggregate warns of a field that no record has, one before its snapshot included") {
  const auto logs = [](const char* field) {
    const Rig::Settings settings{{"by", "shop"}, {"sum", field}};
    Rig old(plugin(), "aggregate", settings);
    CHECK((old.open() && old.run(Order{1, "no shop"}) && old.snapshot()));
    Rig rig(plugin(), "aggregate", settings);
    CHECK((rig.restore(old.answer()) && rig.open() && rig.run(Sale{"a", {}, 1}) && rig.finish()));
    return rig.logs();
  };
  CHECK(logs("amount").empty());
  CHECK(logs("amuont") == Lines{"no record that came has a field 'amuont', so all of them went to "
                                "`rejects`; the fields of the first one: 'id', 'name'"});
}

TEST_CASE("aggregate without fields counts everything") {
  Rig rig(plugin(), "aggregate", {{"count", "records"}});
  REQUIRE(rig.open());
  for (int i = 0; i != 3; ++i) CHECK(rig.run(Sale{"a", i, 0}));
  CHECK(rig.finish());
  CHECK(json_of(rig) == Lines{R"({"records":3})"});
}

TEST_CASE("groups are told apart and ordered by value") {
  Rig rig(plugin(), "aggregate", {{"by", "k"}});
  REQUIRE(rig.open());
  const auto give = [&](auto value) {
    return rig.run(std::map<std::string, decltype(value)>{{"k", value}});
  };
  using Text = std::string;
  CHECK(give(Text("b")));
  CHECK(give(Text("a\0b", 3)));
  CHECK(give(Text("a")));
  CHECK(give(Text("a\0", 2)));
  CHECK(give(std::vector<int>{1, 2}));
  CHECK(give(std::int64_t{9007199254740993}));  // no double is equal
  CHECK(give(9007199254740992.0));
  CHECK(give(std::int64_t{-9007199254740993}));
  CHECK(give(std::int64_t{2}));
  CHECK(give(2.0));
  CHECK(give(-0.0));
  CHECK(give(std::int64_t{0}));
  CHECK(give(-1.5));
  CHECK(give(std::int64_t{-1}));
  CHECK(give(-INFINITY));
  CHECK(give(UINT64_MAX));
  CHECK(give(INT64_MIN));
  CHECK(give(true));
  CHECK(give(false));
  CHECK(rig.finish());
  Lines expected;
  for (const char* one : {"false,1", "true,1", "null,1", "-9223372036854775808,1",
                          "-9007199254740993,1", "-1.5,1", "-1,1", "-0.0,2", "2,2",
                          "9007199254740992.0,1", "9007199254740993,1", "18446744073709551615,1",
                          "\"a\",1", "\"a\\u0000\",1", "\"a\\u0000b\",1", "\"b\",1", "[1,2],1"}) {
    std::string line = one;
    expected.push_back("{\"k\":" + line.insert(line.rfind(',') + 1, "\"count\":") + "}");
  }
  CHECK(json_of(rig) == expected);
}

TEST_CASE("sums are exact, in whatever order the numbers come") {
  const auto sum_of = [](const std::vector<double>& values) {
    Rig rig(plugin(), "aggregate", {{"sum", "weight"}});
    REQUIRE(rig.open());
    for (const double value : values) REQUIRE(rig.run(Sale{"", 0, value}));
    REQUIRE(rig.finish());
    return rig.emitted<Datum>().front()["sum_weight"].real();
  };
  CHECK(sum_of({1e300, 1, -1e300}) == 1);
  CHECK(sum_of({0.1, 0.2, 0.3, -0.6}) != 0);
  CHECK(sum_of(std::vector<double>(10, 0.1)) == 1.0);
  // Half-way between two floats, and then a little to one side of it.
  const double tiny = std::ldexp(1, -200);
  CHECK(sum_of({1, std::ldexp(1, -53)}) == 1);
  CHECK(sum_of({1, std::ldexp(1, -53), tiny}) == std::nextafter(1, 2));
  CHECK(sum_of({1, std::ldexp(1, -53), -tiny}) == 1);
  CHECK(sum_of({std::nextafter(1, 2), std::ldexp(1, -53), -tiny}) == std::nextafter(1, 2));
  CHECK(sum_of({-1, -std::ldexp(1, -54), -tiny}) == -1);

  std::mt19937_64 chance(3);
  std::vector<double> values;
  for (int i = 0; i != 2000; ++i) {
    const double sign = chance() % 2 != 0 ? 1 : -1;
    values.push_back(sign * std::ldexp(double(chance() >> 11), int(chance() % 200) - 150));
  }
  const double sum = sum_of(values);
  for (int i = 0; i != 5; ++i) {
    std::shuffle(values.begin(), values.end(), chance);
    CHECK(sum_of(values) == sum);
  }

  Rig over(plugin(), "aggregate", {{"sum", "weight"}});
  REQUIRE(over.open());
  CHECK(over.run(Sale{"", 0, 1.7e308}));
  CHECK_FALSE(over.run(Sale{"", 0, 1.7e308}));
  CHECK(over.failure()->text == "a sum is beyond what a float can hold");
}

TEST_CASE("sums of ints stay ints as long as they fit") {
  const auto sum_of = [](const std::vector<std::uint64_t>& values) {
    Rig rig(plugin(), "aggregate", {{"sum", "n"}, {"max", "n"}, {"count", ""}});
    REQUIRE(rig.open());
    for (const std::uint64_t value : values) {
      REQUIRE(rig.run(std::map<std::string, std::uint64_t>{{"n", value}}));
    }
    REQUIRE(rig.finish());
    return json_of(rig).front();
  };
  CHECK(sum_of({UINT64_MAX - 1, 1}) ==
        R"({"sum_n":18446744073709551615,"max_n":18446744073709551614})");
  CHECK(sum_of({UINT64_MAX, UINT64_MAX}) ==
        R"({"sum_n":36893488147419103232.0,"max_n":18446744073709551615})");
}

TEST_CASE("aggregate goes on from its snapshot at any record") {
  std::mt19937 chance(11);
  const Rig::Settings settings{
      {"by", "shop"}, {"sum", "weight"}, {"min", "amount"}, {"max", "weight"}, {"mean", "amount"}};
  Rig whole(plugin(), "aggregate", settings);
  REQUIRE(whole.open());
  Snapshot snapshot;
  Lines parts;
  for (int i = 0; i != 300; ++i) {
    const Sale sale{std::string(1, char('a' + chance() % 9)), std::int64_t(chance()) - (1 << 30),
                    std::ldexp(double(chance()), int(chance() % 100) - 50)};
    REQUIRE(whole.run(sale));
    Rig rig(plugin(), "aggregate", settings);
    if (i != 0) REQUIRE(rig.restore(snapshot));
    REQUIRE(rig.open());
    REQUIRE(rig.run(sale));
    REQUIRE(rig.snapshot());
    snapshot = rig.answer();
    if (i == 299) {
      REQUIRE(rig.finish());
      parts = json_of(rig);
    }
  }
  REQUIRE(whole.finish());
  CHECK(parts == json_of(whole));
  CHECK(parts.size() == 9);
  Rig damaged(plugin(), "aggregate", settings);
  CHECK_FALSE(damaged.restore(Snapshot(snapshot.text().substr(0, snapshot.size() - 1))));
}

TEST_CASE("what aggregate cannot do is refused in words") {
  CHECK(refusal("aggregate", {{"count", ""}}) ==
        "none of by, count, sum, min, max and mean is set");
  CHECK(refusal("aggregate", {{"by", "a"}, {"by", "a"}}) == "'by' names a field twice");
  CHECK(refusal("aggregate", {{"by", "a"}, {"sum", "a"}}) ==
        "'a' is a field of 'by', and so the same in all of a group");
  CHECK(refusal("aggregate", {{"by", "count"}}) ==
        "two fields of what is emitted would have one name; name other fields, or set 'count' to "
        "another name");
}
