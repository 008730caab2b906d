// Entries of a journal to write in tests, and what is read as a text that can be compared.
#pragma once

#include <string>
#include <type_traits>

#include "state/journal_file.hpp"

namespace penstock {

inline DeadLetter sample_letter(const std::string& item) {
  DeadLetter letter;
  letter.item = letter.path = item;
  letter.stage = "counts";
  letter.task = "text.count_words";
  letter.plugin = "text 1.0.0";
  letter.build = "abc123";
  letter.payload = "\"some\"";
  letter.attempts.push_back({"killed by SIGSEGV", 11, 0, "", {"poke()"}, "bye", "worker-1", 0.5});
  return letter;
}

// One of all that there is, `n` of which no other has.
inline JournalEntry sample_entry(std::uint64_t n, std::size_t output_size = 100) {
  const std::string name = "stage" + std::to_string(n);
  JournalEntry entry;
  entry.origins = {{name, "ended" + std::string(2, '\0'), n}, {"totals.0." + name, "", 0}};
  entry.sources = {{name, n, std::string("cur\0sor", 7)}};
  entry.accounts = {{name, n, 2, 3, 4, 5, 6, UINT64_MAX}, {"", n, 0, 0, 0, 0, 0, 0}};
  entry.epochs = {{name, 2, n, {}}, {"sink", 0, n, {{{{"chunks", "counts"}, {n, 0, n + 1, 0}}}}}};
  entry.marks = {{name, n, n, true, "offset=7"}, {"sink", 0, n, false, ""}};
  entry.outputs = {{name, 0, n, 0, std::string(output_size, 'o'), 3}, {name, 0, n, 3, "", 1}};
  entry.letters = {sample_letter("chunks:" + std::to_string(n))};
  entry.facts = {{"n", std::to_string(n)}, {name, "fact"}};
  return entry;
}

inline std::string text_of(const JournalContent& content) {
  std::string text;
  const auto add = [&](const auto&... fields) {
    const auto one = [&](const auto& field) {
      if constexpr (std::is_arithmetic_v<std::decay_t<decltype(field)>>) {
        text += std::to_string(field) + "|";
      } else {
        text += std::string(field) + "|";
      }
    };
    (one(fields), ...);
    text += '\n';
  };
  for (const auto& [name, value] : content.facts) add("fact", name, value);
  for (const auto& of : content.origins) add("origin", of.origin, of.ended, of.made);
  for (const auto& of : content.sources) add("source", of.stage, of.position, of.snapshot);
  for (const auto& of : content.accounts) {
    add("account", of.stage, of.done, of.dead, of.skipped, of.handled, of.retried, of.ran,
        of.nanos);
  }
  for (const auto& of : content.epochs) {
    add("epoch", of.stage, of.instance, of.number, of.items.encode());
  }
  for (const auto& of : content.marks) {
    add("mark", of.stage, of.instance, of.number, of.finished, of.answer);
  }
  for (const auto& of : content.outputs) {
    add("output", of.stage, of.instance, of.snapshot, of.first, of.outputs, of.count);
  }
  for (const auto& [stage, item] : content.dead) add("dead", stage, item);
  return text;
}

// All that a file holds, its letters as well.
inline Result<std::string> all_of(JournalFile& file) {
  const auto content = file.read();
  if (!content) return content.error();
  std::string text = text_of(*content);
  const auto read = file.read_letters([&](const DeadLetter& letter) -> Result<void> {
    text += to_json(letter) + "\n";
    return {};
  });
  if (!read) return read.error();
  return text;
}

inline Result<std::string> all_in(const std::filesystem::path& folder) {
  auto file = JournalFile::open(folder, Database::Mode::read);
  if (!file) return file.error();
  return all_of(*file);
}

}  // namespace penstock
