#include "process/stderr_tail.hpp"

#include "base/utf8.hpp"

namespace penstock {

void StderrTail::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    append(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    complete();
    bytes.remove_prefix(end + 1);
  }
}

void StderrTail::finish() {
  if (begun_) complete();
}

void StderrTail::append(std::string_view bytes) {
  if (bytes.empty()) return;
  begun_ = true;
  const std::size_t room = kMaxLineBytes - line_.size();
  if (bytes.size() > room) cut_ = true;
  line_ += bytes.substr(0, room);
}

void StderrTail::complete() {
  if (!cut_ && line_.ends_with('\r')) line_.pop_back();
  std::string line = printable(line_);
  if (cut_) line += "…";
  line_.clear();
  cut_ = begun_ = false;
  if (on_line_) on_line_(line);
  bytes_ += line.size();
  lines_.push_back(std::move(line));
  while (lines_.size() > kMaxLines || (bytes_ > kMaxBytes && lines_.size() > 1)) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
  }
}

std::string StderrTail::text() const {
  std::string text;
  for (const std::string& line : lines_) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace penstock
