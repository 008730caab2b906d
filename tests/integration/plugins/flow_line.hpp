// What the tasks of the plugin `flow` share: a line of words that says what is to become of it, and
// the files in which they note what they did. Belongs to the call.
#pragma once

#include <penstock/plugin.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace flow {

using penstock::Context;
using penstock::Permanent;

// Appends with one write, which no death can tear.
inline void note(const std::string& path, std::string line) {
  line += '\n';
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const ssize_t written = ::write(file, line.data(), line.size());
  ::close(file);
  if (written != static_cast<ssize_t>(line.size())) throw Permanent("cannot write " + path);
}

inline std::string pid() {
  return std::to_string(::getpid());
}

// Without the run that it is of: `keep.2`.
inline std::string instance(const Context& context) {
  const std::string_view id = context.instance_id();
  return std::string(id.substr(id.find('/') + 1));
}

inline void pause_for(std::chrono::microseconds time) {
  if (time.count() > 0) std::this_thread::sleep_for(time);
}

class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}

  std::string_view path() const { return text_.substr(0, text_.find(' ')); }
  std::string_view rest() const { return text_.substr(path().size()); }
  std::string_view text() const { return text_; }

  bool has(std::string_view stage, std::string_view what) const {
    return find(stage, what).data() != nullptr;
  }
  std::string_view value(std::string_view stage, std::string_view what) const {
    return find(stage, what);
  }
  unsigned number(std::string_view stage, std::string_view what) const {
    const std::string_view digits = find(stage, what);
    return digits.empty() ? 0 : static_cast<unsigned>(std::stoul(std::string(digits)));
  }

  // What is to happen to it at this stage before it gives anything.
  void suffer(std::string_view stage, unsigned attempt) const {
    pause_for(std::chrono::milliseconds(number(stage, "delay")));
    if (attempt <= number(stage, "crash")) ::raise(SIGSEGV);
    if (attempt <= number(stage, "fail")) {
      throw std::runtime_error("told to fail: " + std::string(path()));
    }
  }

 private:
  // Null if it is not there, empty if it has no value.
  std::string_view find(std::string_view stage, std::string_view what) const {
    const std::string index(path().substr(path().rfind('/') + 1));
    const std::string plain = std::string(stage) + '.' + std::string(what);
    const std::string indexed = std::string(stage) + '@' + index + '.' + std::string(what);
    for (std::string_view left = rest(); !left.empty();) {
      left.remove_prefix(1);
      const std::string_view word = left.substr(0, left.find(' '));
      left.remove_prefix(word.size());
      const std::size_t equals = std::min(word.find('='), word.size());
      const std::string_view name = word.substr(0, equals);
      if (name == plain || name == indexed) return word.substr(std::min(equals + 1, word.size()));
    }
    return {};
  }

  std::string_view text_;
};

// What an item becomes: itself, its children, or nothing.
template <class Out>
void give(const Line& line, const std::string& name, const Out& out) {
  if (line.has(name, "none")) return;
  if (line.has(name, "reject")) return out.to("rejects")(line.text());
  if (!line.has(name, "kids") && !line.has(name, "pad")) return out(line.text());
  const std::string rest = std::string(line.rest()) + std::string(line.number(name, "pad"), '.');
  if (!line.has(name, "kids")) return out(std::string(line.path()) + rest);
  for (unsigned i = 0; i < line.number(name, "kids"); ++i) {
    out(std::string(line.path()) + '/' + std::to_string(i) + rest);
  }
}

}  // namespace flow
