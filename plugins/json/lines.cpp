#include "json/lines.hpp"

#include <algorithm>

namespace penstock::json {

void Lines::params(Params& p) {
  input.params(p);
  p.optional("on_bad", on_bad, "a line that is no JSON goes to `rejects`, or fails the run");
  p.optional("max_line", max_line, "a longer line is an error", at_least(1_KiB), at_most(1_GiB));
}

void Lines::restore(const Snapshot& snapshot) {
  if (!snapshot.empty()) window_.restore(snapshot.as<files::TextWindow::Place>());
}

bool Lines::produce(std::size_t want, Emit<Datum>& out, Context& context) {
  std::size_t looked_at = 0;
  while (want != 0 && looked_at < files::TextWindow::enough_for_a_call) {
    if (!window_.at_text(context)) return !window_.ended();
    if (window_.at_begin()) {
      window_.take_byte_order_mark(context);
      if (window_.text().empty()) continue;
    }
    const std::string_view text = window_.text();
    const std::size_t length = std::min(text.find('\n'), text.size());
    if (length > max_line) {
      throw Permanent("'" + window_.path() + "' line " + std::to_string(window_.line()) +
                      " has more than " + std::to_string(max_line.bytes) +
                      " bytes; max_line can be set higher");
    }
    if (length == text.size() && !window_.whole()) {
      if (!window_.grow(context)) break;
      continue;
    }
    if (emit(text.substr(0, length), out)) --want;
    const std::size_t used = std::min(length + 1, text.size());
    window_.take(used, 1, context);
    looked_at += used;
  }
  return true;
}

// False if there is nothing on the line.
bool Lines::emit(std::string_view line, Emit<Datum>& out) {
  if (is_blank(line)) return false;
  value_.clear();
  const std::optional<std::string> reason = parser_.parse(line, value_);
  if (!reason) {
    out(Datum::cbor(as_bytes(value_)));
    return true;
  }
  if (on_bad == files::OnBad::fail) {
    throw Permanent("'" + window_.path() + "' line " + std::to_string(window_.line()) +
                    " is no JSON: " + *reason + "; on_bad: reject would go on");
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  out.to<files::Reject>("rejects")({window_.path(), window_.line(), std::string(line), *reason});
  return true;
}

}  // namespace penstock::json
