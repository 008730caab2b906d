// Lines and texts on a grid of characters. Lines that meet become corners and junctions if they
// belong together; where others cross, the upright one passes over. One thread; never fails: what
// lies beyond the grid is not drawn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

class GraphCanvas {
 public:
  GraphCanvas(std::size_t columns, std::size_t rows) : columns_(columns), cells_(columns * rows) {}

  // From one row or column to another, both included; they reach to the middle of the cells at
  // their ends. `owner` says which lines belong together.
  void upright(std::size_t column, std::size_t top, std::size_t bottom, std::size_t owner);
  void level(std::size_t row, std::size_t left, std::size_t right, std::size_t owner);
  // The half of an upright line from a cell's middle to its lower edge, or its upper one.
  void down(std::size_t column, std::size_t row, std::size_t owner);
  void up(std::size_t column, std::size_t row, std::size_t owner);

  void arrow(std::size_t column, std::size_t row);
  void text(std::size_t column, std::size_t row, std::string_view ascii);

  // Lines without spaces at their ends.
  std::string drawn(bool ascii_alone) const;

 private:
  struct Cell {
    std::uint8_t level = 0;  // arms to the left and right
    std::uint8_t upright = 0;
    std::size_t level_owner = 0;
    std::vector<std::size_t> upright_owners;
    char text = 0;
    bool arrow = false;
  };

  Cell* at(std::size_t column, std::size_t row);
  void add_upright(std::size_t column, std::size_t row, std::uint8_t arms, std::size_t owner);
  static std::string_view glyph(const Cell& cell, bool ascii_alone);

  std::size_t columns_;
  std::vector<Cell> cells_;
};

}  // namespace penstock
