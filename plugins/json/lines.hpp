// json.lines: the JSON value on each line of files, or of the standard input. Blank lines are
// passed over; a line that is no JSON goes to `rejects`.
#pragma once

#include <penstock/plugin.hpp>

#include "files/paths.hpp"
#include "files/reject.hpp"
#include "files/text_window.hpp"
#include "json/parser.hpp"

namespace penstock::json {

class Lines {
 public:
  static constexpr bool reads_input = true;

  files::Paths input;
  files::OnBad on_bad = files::OnBad::reject;
  Size max_line = 64_MiB;

  void params(Params& p);
  void restore(const Snapshot& snapshot);
  void open(Context& context) { window_.open(input, context); }
  bool produce(std::size_t want, Emit<Datum>& out, Context& context);
  Snapshot snapshot() const { return window_.place(); }

 private:
  bool emit(std::string_view line, Emit<Datum>& out);

  files::TextWindow window_;
  Parser parser_;
  std::string value_;
};

}  // namespace penstock::json
