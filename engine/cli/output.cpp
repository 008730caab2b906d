#include "cli/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/utf8.hpp"
#include "observe/terminal.hpp"
#include "penstock/error.hpp"

namespace penstock {
namespace {

std::string lack_text(int error) {
  if (error == EPIPE) return "stdout: its reader has gone; the output is not complete";
  if (error == EBADF) return "stdout: it is closed; start the program with one that takes data";
  return "stdout: " + std::generic_category().message(error) + "; the output is not complete";
}

}  // namespace

void print(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, data.data(), data.size());
    if (written >= 0) {
      data.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody who shares the descriptor made it non-blocking. The reader may take its time; when
      // it goes, this ends.
      pollfd wanted{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      throw Error(Status::lack, lack_text(errno));
    }
  }
}

void tell(std::string_view text) {
  if (text.empty()) return;
  std::string line(text);
  if (line.back() != '\n') line += '\n';
  Terminal(STDERR_FILENO).write(line);
}

std::string set_in(const std::string& text, const std::string& margin) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += margin + printable(text.substr(at, end - at)) + '\n';
    at = end + 1;
  }
  return result;
}

}  // namespace penstock
