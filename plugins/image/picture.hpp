// Pixels in memory: rows from the top, channels of one byte side by side. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penstock::image {

struct Dimensions {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  friend bool operator==(const Dimensions&, const Dimensions&) = default;
};

struct Picture {
  Picture(Dimensions of, std::uint32_t channel_count)
      : size(of), channels(channel_count), pixels(row_bytes() * of.height) {}

  std::size_t row_bytes() const { return std::size_t{size.width} * channels; }
  std::uint8_t* row(std::uint32_t y) { return pixels.data() + y * row_bytes(); }
  const std::uint8_t* row(std::uint32_t y) const { return pixels.data() + y * row_bytes(); }

  Dimensions size;
  std::uint32_t channels;  // 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> pixels;
  std::string profile;  // ICC: what the numbers mean as colours; empty: sRGB
};

// How a camera was held: 1 to 8, as TIFF and EXIF number it. What begins with 5 lies on its side.
using Orientation = unsigned;
constexpr bool on_its_side(Orientation orientation) {
  return orientation >= 5;
}

// The picture as it is meant to be seen.
Picture upright(Picture picture, Orientation orientation);

}  // namespace penstock::image
