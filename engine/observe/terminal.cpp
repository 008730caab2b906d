#include "observe/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string>

namespace penstock {
namespace {

constexpr int patience = 1000;  // milliseconds

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// By the names that locales have everywhere; the C library would have to be told to read them.
bool locale_has_utf8() {
  std::string name;
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (name.empty()) name = environment(variable);
  }
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name.find("utf-8") != std::string::npos || name.find("utf8") != std::string::npos;
}

// Whether writing may be tried again after it failed with `error`.
bool wait_for_room(int fd, int error) {
  if (error == EINTR) return true;
  if (error != EAGAIN) return false;
  pollfd wanted{fd, POLLOUT, 0};
  return ::poll(&wanted, 1, patience) > 0;
}

}  // namespace

Terminal::Terminal(int fd)
    : fd_(fd),
      can_redraw_(::isatty(fd) == 1 && !environment("TERM").empty() &&
                  environment("TERM") != "dumb"),
      colour_(can_redraw_ && environment("NO_COLOR").empty()),
      utf8_(locale_has_utf8()) {}

Look Terminal::look() const {
  Look look;
  look.colour = colour_;
  look.utf8 = utf8_;
  winsize size{};
  if (::ioctl(fd_, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) look.columns = size.ws_col;
    if (size.ws_row > 0) look.rows = size.ws_row;
  }
  return look;
}

void Terminal::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (!wait_for_room(fd_, errno)) {
      return;
    }
  }
}

}  // namespace penstock
