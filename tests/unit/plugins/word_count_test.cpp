#include <penstock/testing.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "catch.hpp"
#include "text/count_words.hpp"
#include "text/sum_counts.hpp"

using namespace penstock;

namespace {

using Counts = std::map<std::string, std::uint64_t>;
using Rows = std::vector<std::pair<std::string, std::uint64_t>>;

// The rules once more, as simply as they can be written.
Counts expected(std::string_view text, bool lowercase = true) {
  Counts counts;
  std::string word;
  for (const char c : std::string(text) + ' ') {
    const auto byte = static_cast<unsigned char>(c);
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || c == '\'' || byte > 127) {
      word += static_cast<char>(upper && lowercase ? c + 32 : c);
    } else if (!word.empty()) {
      ++counts[word];
      word.clear();
    }
  }
  return counts;
}

void add_tasks(Plugin& plugin) {
  plugin.transform<text::CountWords>("count", "");
  plugin.stateful<text::SumCounts>("sum", "");
}

Counts count(std::string_view text, const Rig::Settings& settings = {}) {
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "count", settings);
  REQUIRE(rig.run(text));
  REQUIRE(rig.emissions().size() == 1);
  return rig.emitted<Counts>().front();
}

Rows rows_of(const Rig& rig) {
  Rows rows;
  for (const text::Count& one : rig.emitted<text::Count>()) rows.emplace_back(one.word, one.count);
  return rows;
}

}  // namespace

TEST_CASE("words are runs of letters, apostrophes and high bytes") {
  CHECK(
      count("The cat's the_cat \xc3\xa9t\xc3\xa9 THE\n'' 42nd") ==
      Counts{{"the", 3}, {"cat's", 1}, {"cat", 1}, {"\xc3\xa9t\xc3\xa9", 1}, {"''", 1}, {"nd", 1}});
  CHECK(count("The the", {{"lowercase", "false"}}) == Counts{{"The", 1}, {"the", 1}});
  CHECK(count("") == Counts{});
  CHECK(count("1 2 3") == Counts{});
}

TEST_CASE("words of every length are told apart") {
  std::string text;
  for (std::size_t length = 1; length != 40; ++length) {
    text += std::string(length, 'a') + " ";
    text += std::string(length, 'a') + " " + std::string(length - 1, 'a') + "b ";
    text += "b" + std::string(length - 1, 'a') + ",";
  }
  CHECK(count(text) == expected(text));
}

TEST_CASE("a random text is counted as the rules say") {
  std::mt19937 random(11);
  for (int round = 0; round != 50; ++round) {
    std::string text(random() % 20'000, ' ');
    for (char& c : text) c = static_cast<char>(random() % 4 != 0 ? 'a' + random() % 4 : random());
    CHECK(count(text) == expected(text));
    CHECK(count(text, {{"lowercase", "false"}}) == expected(text, false));
  }
}

TEST_CASE("an instance starts afresh with each text") {
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "count");
  CHECK(rig.run("a b"));
  CHECK(rig.run("b"));
  CHECK(rig.emitted<Counts>()[1] == Counts{{"b", 1}});
}

TEST_CASE("sums come with the most frequent first, then in order of their bytes") {
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "sum");
  CHECK(rig.run(Counts{{"b", 2}, {"a", 1}, {"c", 2}, {"a long word indeed", 1}}));
  CHECK(rig.run(Counts{}));
  CHECK(rig.run(Counts{{"b", 1}, {"\xc3\xa9", 1}}));
  CHECK(rig.emissions().empty());
  CHECK(rig.finish());
  CHECK(rows_of(rig) ==
        Rows{{"b", 3}, {"c", 2}, {"a", 1}, {"a long word indeed", 1}, {"\xc3\xa9", 1}});
}

TEST_CASE("sums go on from a snapshot") {
  Plugin plugin;
  add_tasks(plugin);
  Rig first(plugin, "sum");
  for (int i = 0; i != 5000; ++i) CHECK(first.run(Counts{{"word" + std::to_string(i), 1}}));
  CHECK(first.snapshot());
  Rig second(plugin, "sum");
  CHECK(second.restore(first.answer()));
  CHECK(second.run(Counts{{"word7", 2}}));
  CHECK(second.finish());
  const Rows rows = rows_of(second);
  CHECK(rows.size() == 5000);
  CHECK(rows.front() == std::pair<std::string, std::uint64_t>("word7", 3));
}

TEST_CASE("damaged counts are refused") {
  Plugin plugin;
  add_tasks(plugin);
  Rig rig(plugin, "sum");
  CHECK_FALSE(rig.restore(Snapshot("\xa1")));
  CHECK_FALSE(rig.run(std::map<std::string, int>{{"a", -1}}));
  CHECK(rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
}

TEST_CASE("what passes between the two tasks is a map from word to count") {
  Plugin plugin;
  add_tasks(plugin);
  const penstock_table& table = plugin.table();
  const penstock_text given = table.tasks[0].outputs[0].type;
  const penstock_text taken = table.tasks[1].inputs[0].type;
  CHECK(std::string_view(given.data, given.size) == "map<int>");
  CHECK(std::string_view(taken.data, taken.size) == "map<int>");
}
