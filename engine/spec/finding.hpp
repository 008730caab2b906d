// What is wrong with a pipeline file, one finding a mistake, all of them at once. A finding says
// where, what and why, shows the line with a caret, and where it can says what to do. Plain values;
// a Findings belongs to one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "spec/source.hpp"

namespace penstock {

struct Finding {
  std::string file;
  std::uint32_t line = 0;    // from 1; 0: the file as a whole
  std::uint32_t column = 0;  // from 1, in characters
  std::string message;
  std::string excerpt;    // the line, or the part of it around the place; may be empty
  std::size_t caret = 0;  // characters before the place in `excerpt`
  std::string hint;       // what to do; may be empty
};

// Several lines, each with its end:
//
//   wordcount.yaml:9:42: stage `counts` reads from `chunk`, which is no stage
//      9 |   counts: {task: text.count_words, from: chunk}
//        |                                          ^
//          did you mean `chunks`?
std::string to_text(const Finding& finding);
std::string to_text(const std::vector<Finding>& findings);

// The findings of several steps as those of one, in the order of their places.
std::vector<Finding> merged(std::vector<Finding> first, std::vector<Finding> second);

// Collects the findings of some sources. Values of secrets are masked in all texts.
class Findings {
 public:
  explicit Findings(const Sources& sources) : sources_(sources) {}
  Findings(const Findings&) = delete;
  Findings& operator=(const Findings&) = delete;

  void add(Mark mark, std::string message, std::string hint = {});
  // Of an option of the command line, which has no place in a file.
  void add_option(std::string option, std::string message, std::string hint = {});

  bool empty() const { return kept_.empty(); }
  // More findings are counted, no longer kept: what it costs to word them well can be saved.
  bool full() const;

  // In the order of their places, the same one once; of very many only the first ones and, last, a
  // finding that tells how many more there are.
  std::vector<Finding> take(const std::vector<std::string>& secrets);

 private:
  struct Entry {
    Mark mark;
    Finding finding;
  };

  const Sources& sources_;
  std::vector<Entry> kept_;
  std::size_t left_out_ = 0;
};

// `***` in the place of each secret.
std::string masked(std::string text, const std::vector<std::string>& secrets);

// "`a`", as names stand in messages.
std::string ticked(std::string_view name);

// "`a`, `b` and `c`"; `last` is the word before the last one.
std::string word_list(const std::vector<std::string>& words, const std::string& last = "and");

}  // namespace penstock
