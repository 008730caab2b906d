#include "image/picture.hpp"

#include <cstring>
#include <utility>

namespace penstock::image {

// Each of the numbers says from where rows and columns are read, and whether they change places.
Picture upright(Picture picture, Orientation orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  const bool swap = on_its_side(orientation);
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 ||
                          orientation == 8;  // the source's columns run backwards
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;  // its rows do
  const auto [width, height] = picture.size;
  Picture seen(swap ? Dimensions{height, width} : Dimensions{width, height}, picture.channels);
  seen.profile = std::move(picture.profile);
  for (std::uint32_t y = 0; y != seen.size.height; ++y) {
    std::uint8_t* to = seen.row(y);
    for (std::uint32_t x = 0; x != seen.size.width; ++x) {
      const std::uint32_t column = swap ? y : x;
      const std::uint32_t row = swap ? x : y;
      const std::uint8_t* from = picture.row(from_bottom ? height - 1 - row : row);
      from += std::size_t{from_right ? width - 1 - column : column} * picture.channels;
      std::memcpy(to, from, picture.channels);
      to += picture.channels;
    }
  }
  return seen;
}

}  // namespace penstock::image
