#include "json/select.hpp"

#include <penstock/json.hpp>
#include <penstock/testing.hpp>

#include "catch.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

using Texts = std::vector<std::string>;

struct Selection {
  Plugin plugin;
  Rig rig;

  Selection(const Texts& fields, const Texts& where)
      : rig(registered(), "select", settings(fields, where)) {}

  Texts made(std::string_view output = {}) const {
    Texts all;
    for (const Datum& value : rig.emitted<Datum>(output)) {
      CHECK(write_json(all.emplace_back(), value));
    }
    return all;
  }

 private:
  static Rig::Settings settings(const Texts& fields, const Texts& where) {
    Rig::Settings all;
    for (const std::string& field : fields) all.emplace_back("fields", field);
    for (const std::string& condition : where) all.emplace_back("where", condition);
    return all;
  }
  Plugin& registered() {
    plugin.transform<json::Select>("select", "").output<Datum>("rest", "");
    return plugin;
  }
};

std::string selected(const std::string& record, const Texts& fields) {
  Selection selection(fields, {});
  REQUIRE(selection.rig.open());
  REQUIRE(selection.rig.run(record));
  return selection.made().at(0);
}

bool holds(const std::string& condition, const std::string& record) {
  Selection selection({}, {condition});
  REQUIRE(selection.rig.open());
  REQUIRE(selection.rig.run(record));
  REQUIRE(selection.made().size() + selection.made("rest").size() == 1);
  return !selection.made().empty();
}

std::string refusal(const Texts& fields, const Texts& where) {
  Selection selection(fields, where);
  CHECK_FALSE(selection.rig.open());
  CHECK(selection.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  return selection.rig.failure()->text;
}

struct User {
  std::string name;
  std::int64_t age = 0;
};
PENSTOCK_FIELDS(User, name, age)

}  // namespace

TEST_CASE("the fields that are asked for are kept, in that order") {
  const std::string record = R"({"a":1,"b":{"c":[10,{"d":"x"}],"e":null},"f.g":2.5,"big":[]})";
  CHECK(selected(record, {"big", "a"}) == R"({"big":[],"a":1})");
  CHECK(selected(record, {"b.c.0", "b.c.1.d", "b"}) ==
        R"({"0":10,"d":"x","b":{"c":[10,{"d":"x"}],"e":null}})");
  CHECK(selected(record, {"first=b.c.0", "a"}) == R"({"first":10,"a":1})");
  CHECK(selected(record, {"f\\.g", "x=f\\.g"}) == R"({"f.g":2.5,"x":2.5})");
  CHECK(selected(record, {"none", "p=a.none", "o=b.none", "b.c.9", "q=b.c.-1", "r=b.c.x"}) ==
        R"({"none":null,"p":null,"o":null,"9":null,"q":null,"r":null})");
}

TEST_CASE("fields that cannot be are refused") {
  CHECK_THAT(refusal({"a.name", "b.name"}, {}), Contains("two fields would be called 'name'"));
  CHECK_THAT(refusal({"a..b"}, {}), Contains("'a..b' is no field"));
  CHECK_THAT(refusal({""}, {}), Contains("is no field"));
  CHECK_THAT(refusal({"x="}, {}), Contains("is no field"));
}

TEST_CASE("conditions compare numbers by value and texts by their bytes") {
  const std::string record =
      R"({"n":5,"f":2.5,"t":"mm","b":true,"z":null,"u":{"v":[1,"x"]},"big":9007199254740993})";
  for (const char* condition : {"n == 5",
                                "n == 5.0",
                                "n != 4",
                                "n < 6",
                                "n <= 5",
                                "n > 4.5",
                                "n >= 5",
                                "f == 2.5",
                                "t == mm",
                                "t == \"mm\"",
                                "t < n",
                                "t >= \"m\"",
                                "b == true",
                                "b != false",
                                "z == null",
                                "none == null",
                                "none != 0",
                                "n exists",
                                "u.v.0 == 1",
                                "u.v.1 == x",
                                "u.v exists",
                                "n in [1, 5.0]",
                                "t in [\"a\", \"mm\"]",
                                "z in [null]",
                                "big == 9007199254740993",
                                "big != 9007199254740992",
                                "big > 9007199254740992.0",
                                "n != \"5\"",
                                "u != 5",
                                "  n   ==   5  "}) {
    INFO(condition);
    CHECK(holds(condition, record));
  }
  for (const char* condition :
       {"n == 4", "n != 5", "n < 5", "n > 5", "n == \"5\"", "t == 5", "t < 5", "t > mmm",
        "none exists", "z exists", "z < 5", "none >= 0", "b == 1", "n in []", "n in [4, \"5\"]",
        "u == 5", "big == 9007199254740992"}) {
    INFO(condition);
    CHECK_FALSE(holds(condition, record));
  }
  CHECK(holds("First name == \"a == b\"", R"({"First name":"a == b"})"));
}

TEST_CASE("all conditions are to be met, and what does not goes on to rest as it is") {
  Selection selection({"a"}, {"a > 1", "b exists"});
  REQUIRE(selection.rig.open());
  for (const char* record : {R"({"a":2,"b":1})", R"({"a":2})", R"({"a":1,"b":1,"c":1})"}) {
    REQUIRE(selection.rig.run(record));
  }
  CHECK(selection.made() == Texts{R"({"a":2})"});
  CHECK(selection.made("rest") == Texts{R"({"a":2})", R"({"a":1,"b":1,"c":1})"});
}

TEST_CASE("conditions that are none are refused, with the form") {
  const auto why = [](const char* condition) { return refusal({}, {condition}); };
  CHECK_THAT(why("a==1"), Contains("'a==1' is not understood: it has none of the operators") &&
                              Contains("FIELD OP VALUE"));
  CHECK_THAT(why(""), Contains("none of the operators"));
  CHECK_THAT(why(" == 1"), Contains("names no field"));
  CHECK_THAT(why("a == "), Contains("has no value"));
  CHECK_THAT(why("a == [1]"), Contains("neither a number, a text, a bool nor null"));
  CHECK_THAT(why("a == \"x"), Contains("its value is no JSON: a string is not closed"));
  CHECK_THAT(why("a in 5"), Contains("`in` takes a list"));
  CHECK_THAT(why("a in [[]]"), Contains("its list holds more"));
  CHECK_THAT(why("a < true"), Contains("only numbers and texts"));
}

TEST_CASE("a record that is passed on whole is not copied") {
  Selection selection({}, {"age >= 18"});
  REQUIRE(selection.rig.open());
  REQUIRE(selection.rig.run(std::map<std::string, std::int64_t>{{"age", 20}}));
  REQUIRE(selection.rig.run(std::map<std::string, std::int64_t>{{"age", 10}}));
  for (const Rig::Emission& emission : selection.rig.emissions()) {
    CHECK(emission.way == Rig::Way::passed_on);
  }
  REQUIRE(selection.rig.run(User{"x", 30}));
  CHECK(selection.made().back() == R"({"name":"x","age":30})");
}

TEST_CASE("text and bytes are read as JSON, and have to be a record") {
  Selection selection({"a"}, {});
  REQUIRE(selection.rig.open());
  REQUIRE(selection.rig.run(as_bytes(R"({"a":[1]})")));
  CHECK(selection.made() == Texts{R"({"a":[1]})"});
  CHECK_FALSE(selection.rig.run("{"));
  CHECK_THAT(selection.rig.failure()->text, Contains("the text is no JSON: "));
  CHECK(selection.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
  CHECK_FALSE(selection.rig.run("[1]"));
  CHECK(selection.rig.failure()->text == "json.select takes records; this is of the kind list");
  CHECK_FALSE(selection.rig.run(5));
}
