// The options of one command: how they are called, what they mean, and where their values go. Reads
// the words after the command's name; the text for --help is made of the same declarations, so that
// the two cannot differ. What is bound must outlive the object. Wrong words are thrown as Error
// with Status::refused, which says what was wrong and what can be done.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
class Option;
}  // namespace CLI

namespace penstock {

using Words = std::vector<std::string>;
using Assignment = std::pair<std::string, std::string>;  // NAME=VALUE

class Options {
 public:
  Options(std::string command, std::string about);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  // A word without a dash that has to be there.
  void word(const std::string& name, const std::string& about, std::string& value);

  // Any number of words behind those.
  void words(const std::string& name, const std::string& about, Words& values);

  // `name` is "--summary" or "-j,--processes"; `shape` says what the value looks like: "FILE".
  // Those with one value keep the last of several, the others keep all.
  void flag(const std::string& name, const std::string& about, bool& value);
  void text(const std::string& name, const std::string& shape, const std::string& about,
            std::string& value);
  void texts(const std::string& name, const std::string& shape, const std::string& about,
             Words& values);
  // `shape` is "NAME=VALUE" or the like; what stands before the first `=` has to be there.
  void assignments(const std::string& name, const std::string& shape, const std::string& about,
                   std::vector<Assignment>& values);
  // A whole number from 1 on.
  template <class Number>
  void count(const std::string& name, const std::string& about, Number& value) {
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
    add_count(name, about, most, [&value](auto read) { value = static_cast<Number>(read); });
  }
  void duration(const std::string& name, const std::string& about,
                std::chrono::milliseconds& value);
  // One of the words, in `value` its place among them.
  void choice(const std::string& name, const Words& choices, const std::string& about,
              std::size_t& value);

  // Options that a later version has.
  void later(const Words& names) { later_ = names; }
  // The end of the text for --help.
  void example(const std::string& text) { example_ = text; }

  // Once. Binds the values; or gives the text for --help, if the words ask for it.
  std::optional<std::string> read(const Words& words);

 private:
  using Use = std::function<void(const Words& values)>;

  CLI::Option* add_option(const std::string& name, const std::string& shape,
                          const std::string& about, Use use);
  void add_count(const std::string& name, const std::string& about, std::uint64_t most,
                 std::function<void(std::uint64_t)> use);
  std::string help() const;
  Words names() const;
  [[noreturn]] void refuse(const std::string& text) const;
  [[noreturn]] void refuse_unknown(const std::string& word) const;

  struct Declared {
    CLI::Option* option;
    Use use;
    bool needed;
  };

  std::string command_;
  std::unique_ptr<CLI::App> app_;
  CLI::Option* help_;
  std::vector<Declared> declared_;  // in the order of the text for --help
  Words later_;
  std::string example_;
};

}  // namespace penstock
