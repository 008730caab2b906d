#include "cli/graph_canvas.hpp"

#include <algorithm>

namespace penstock {
namespace {

constexpr std::uint8_t up_arm = 1;
constexpr std::uint8_t down_arm = 2;
constexpr std::uint8_t left_arm = 4;
constexpr std::uint8_t right_arm = 8;

// By their arms.
constexpr std::string_view boxes[16] = {" ", "│", "│", "│", "─", "┘", "┐", "┤",
                                        "─", "└", "┌", "├", "─", "┴", "┬", "┼"};
constexpr std::string_view letters[16] = {" ", "|", "|", "|", "-", "+", "+", "+",
                                          "-", "+", "+", "+", "-", "+", "+", "+"};

}  // namespace

GraphCanvas::Cell* GraphCanvas::at(std::size_t column, std::size_t row) {
  const std::size_t index = row * columns_ + column;
  return column < columns_ && index < cells_.size() ? &cells_[index] : nullptr;
}

void GraphCanvas::add_upright(std::size_t column, std::size_t row, std::uint8_t arms,
                              std::size_t owner) {
  Cell* cell = at(column, row);
  if (cell == nullptr) return;
  cell->upright |= arms;
  cell->upright_owners.push_back(owner);
}

void GraphCanvas::upright(std::size_t column, std::size_t top, std::size_t bottom,
                          std::size_t owner) {
  for (std::size_t row = top; row <= bottom; ++row) {
    const int arms = (row > top ? up_arm : 0) | (row < bottom ? down_arm : 0);
    add_upright(column, row, static_cast<std::uint8_t>(arms), owner);
  }
}

void GraphCanvas::level(std::size_t row, std::size_t left, std::size_t right, std::size_t owner) {
  for (std::size_t column = left; column <= right; ++column) {
    Cell* cell = at(column, row);
    if (cell == nullptr) return;
    const int arms = (column > left ? left_arm : 0) | (column < right ? right_arm : 0);
    cell->level |= static_cast<std::uint8_t>(arms);
    cell->level_owner = owner;
  }
}

void GraphCanvas::down(std::size_t column, std::size_t row, std::size_t owner) {
  add_upright(column, row, down_arm, owner);
}

void GraphCanvas::up(std::size_t column, std::size_t row, std::size_t owner) {
  add_upright(column, row, up_arm, owner);
}

void GraphCanvas::arrow(std::size_t column, std::size_t row) {
  if (Cell* cell = at(column, row)) cell->arrow = true;
}

void GraphCanvas::text(std::size_t column, std::size_t row, std::string_view ascii) {
  for (const char c : ascii) {
    if (Cell* cell = at(column++, row)) cell->text = c;
  }
}

std::string_view GraphCanvas::glyph(const Cell& cell, bool ascii_alone) {
  if (cell.text != 0) return {&cell.text, 1};
  if (cell.arrow) return ascii_alone ? "v" : "▼";
  const auto& owners = cell.upright_owners;
  const bool joined = std::find(owners.begin(), owners.end(), cell.level_owner) != owners.end();
  const unsigned arms = cell.upright == 0 || joined ? cell.upright | cell.level : cell.upright;
  return ascii_alone ? letters[arms] : boxes[arms];
}

std::string GraphCanvas::drawn(bool ascii_alone) const {
  std::string result;
  for (std::size_t begin = 0; begin < cells_.size(); begin += columns_) {
    std::string line;
    for (std::size_t i = begin; i < begin + columns_; ++i) line += glyph(cells_[i], ascii_alone);
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  return result;
}

}  // namespace penstock
