// A pseudo-terminal with what a person would see on it: the few sequences that a block uses, lines
// that break at the edge, and that are broken anew when the window changes its width.
#pragma once

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "observe/columns.hpp"

namespace penstock {

class PtyScreen {
 public:
  PtyScreen(unsigned short columns, unsigned short rows) {
    const winsize size{rows, columns, 0, 0};
    if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0) {
      throw std::runtime_error("openpty");
    }
    columns_ = columns;
  }
  ~PtyScreen() {
    ::close(master_);
    ::close(slave_);
  }
  PtyScreen(const PtyScreen&) = delete;
  PtyScreen& operator=(const PtyScreen&) = delete;

  int fd() const { return slave_; }

  void resize(unsigned short columns, unsigned short rows) {
    catch_up();
    const winsize size{rows, columns, 0, 0};
    ::ioctl(slave_, TIOCSWINSZ, &size);
    columns_ = columns;
    std::vector<Line> broken;
    for (Line line : lines_) {
      while (!line.empty() && line.back() == " ") line.pop_back();
      const auto width = static_cast<std::ptrdiff_t>(columns_);
      for (; line.size() > columns_; line.erase(line.begin(), line.begin() + width)) {
        broken.emplace_back(line.begin(), line.begin() + width);
      }
      broken.push_back(line);
    }
    row_ += broken.size() - lines_.size();  // the cursor was below all of them
    lines_ = std::move(broken);
  }

  // All lines so far, those that have scrolled away too, without spaces at their ends.
  std::string text() {
    catch_up();
    std::string text;
    for (const Line& cells : lines_) {
      std::string line;
      for (const std::string& cell : cells) line += cell;
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + '\n';
    }
    while (text.ends_with("\n\n")) text.pop_back();
    return text == "\n" ? "" : text;
  }

  // All that has been written, as it was.
  std::string raw() {
    catch_up();
    return raw_;
  }

 private:
  static constexpr char mark = '\x05';

  // A character a cell; behind a wide one follows an empty cell.
  using Line = std::vector<std::string>;

  void catch_up() {
    if (::write(slave_, &mark, 1) != 1) throw std::runtime_error("write to the terminal");
    for (;;) {
      pollfd wanted{master_, POLLIN, 0};
      if (::poll(&wanted, 1, 10'000) != 1) throw std::runtime_error("the terminal is silent");
      char buffer[4096];
      const ssize_t size = ::read(master_, buffer, sizeof buffer);
      if (size <= 0) throw std::runtime_error("read from the terminal");
      const std::string bytes(buffer, static_cast<std::size_t>(size));
      for (const char c : bytes) {
        if (c != mark) take(c);
      }
      if (bytes.back() == mark) return;
    }
  }

  void take(char c) {
    raw_ += c;
    if (!sequence_.empty() || c == '\x1b') {
      sequence_ += c;
      if (sequence_.size() > 2 && c >= '@') act();
    } else if (c == '\r') {
      column_ = 0;
    } else if (c == '\n') {
      ++row_;
    } else {
      character_ += c;
      const auto first = static_cast<unsigned char>(character_[0]);
      const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
      if (character_.size() < size) return;
      put(std::exchange(character_, {}));
    }
    line_at(row_);
  }

  void put(const std::string& character) {
    const std::size_t width = column_count(character);
    if (column_ + width > columns_) {
      ++row_;
      column_ = 0;
    }
    Line& line = line_at(row_);
    line.resize(std::max(line.size(), column_ + width), " ");
    line[column_] = character;
    if (width == 2) line[column_ + 1].clear();
    column_ += width;
  }

  void act() {
    const char what = sequence_.back();
    if (what == 'A') row_ -= std::min<std::size_t>(row_, std::stoul(sequence_.substr(2)));
    if (what == 'J') lines_.resize(row_ + 1);
    if (what == 'J' || what == 'K') {
      lines_[row_].resize(std::min(lines_[row_].size(), column_));
    }
    if (what != 'A' && what != 'J' && what != 'K' && what != 'm')
      throw std::runtime_error("an unknown sequence");
    sequence_.clear();
  }

  Line& line_at(std::size_t row) {
    if (lines_.size() <= row) lines_.resize(row + 1);
    return lines_[row];
  }

  int master_ = -1;
  int slave_ = -1;
  std::size_t columns_;
  std::vector<Line> lines_{1};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::string sequence_;
  std::string character_;  // its bytes so far
  std::string raw_;
};

}  // namespace penstock
