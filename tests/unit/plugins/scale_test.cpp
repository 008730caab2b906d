#include "image/scale.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "catch.hpp"

using namespace penstock::image;

namespace {

Picture random_picture(Dimensions size, unsigned channels, std::mt19937& random) {
  Picture picture(size, channels);
  for (std::uint8_t& value : picture.pixels) value = static_cast<std::uint8_t>(random());
  return picture;
}

unsigned from_1_to(unsigned most, std::mt19937& random) {
  return 1 + static_cast<unsigned>(random() % most);
}

// The mean of the source under a pixel of the result, by the definition of an integral.
double mean_under(const Picture& picture, Dimensions size, unsigned x, unsigned y, unsigned c) {
  const double wide = double(picture.size.width) / size.width;
  const double high = double(picture.size.height) / size.height;
  const auto overlap = [](double begin, double end, unsigned pixel) {
    return std::max(0.0, std::min(end, pixel + 1.0) - std::max(begin, double(pixel)));
  };
  double sum = 0;
  for (unsigned v = 0; v != picture.size.height; ++v) {
    for (unsigned u = 0; u != picture.size.width; ++u) {
      sum += picture.row(v)[u * picture.channels + c] * overlap(x * wide, (x + 1) * wide, u) *
             overlap(y * high, (y + 1) * high, v);
    }
  }
  return sum / (wide * high);
}

}  // namespace

TEST_CASE("sizes keep their proportions, and touch the box") {
  const Dimensions box{100, 50};
  CHECK(fit({400, 200}, box, false) == Dimensions{100, 50});
  CHECK(fit({400, 100}, box, false) == Dimensions{100, 25});
  CHECK(fit({100, 400}, box, false) == Dimensions{13, 50});
  CHECK(fit({65500, 1}, box, false) == Dimensions{100, 1});
  CHECK(fit({1, 65500}, box, false) == Dimensions{1, 50});
  CHECK(fit({101, 50}, box, false) == Dimensions{100, 50});
  CHECK(fit({3, 2}, box, false) == Dimensions{3, 2});
  CHECK(fit({3, 2}, box, true) == Dimensions{75, 50});
  CHECK(fit({100, 50}, box, true) == Dimensions{100, 50});
}

TEST_CASE("each pixel of a smaller picture is the mean of what it covers") {
  std::mt19937 random(4);
  for (int i = 0; i != 60; ++i) {
    const Dimensions from{from_1_to(40, random), from_1_to(40, random)};
    const Dimensions to{from_1_to(from.width, random), from_1_to(from.height, random)};
    const Picture picture = random_picture(from, random() % 2 == 0 ? 1 : 3, random);
    const Picture result = scaled(picture, to);
    REQUIRE(result.size == to);
    for (unsigned y = 0; y != to.height; ++y) {
      for (unsigned x = 0; x != to.width; ++x) {
        for (unsigned c = 0; c != picture.channels; ++c) {
          const double mean = mean_under(picture, to, x, y, c);
          const double here = result.row(y)[x * picture.channels + c];
          if (std::abs(here - mean) > 0.5 + 1e-9) FAIL("not the mean: " << here << ", " << mean);
        }
      }
    }
  }
}

TEST_CASE("the largest sums fit") {
  Picture picture({65500, 3}, 1);
  std::fill(picture.pixels.begin(), picture.pixels.end(), std::uint8_t{255});
  for (const std::uint8_t value : scaled(picture, {7, 2}).pixels) CHECK(value == 255);
  for (const std::uint8_t value : scaled(picture, {1, 1}).pixels) CHECK(value == 255);
}

TEST_CASE("a larger picture goes evenly from one pixel to the next") {
  Picture row({2, 1}, 1);
  row.pixels = {0, 200};
  const std::vector<std::uint8_t> wanted{0, 0, 25, 75, 125, 175, 200, 200};
  CHECK(scaled(row, {8, 1}).pixels == wanted);

  Picture column({1, 2}, 3);
  column.pixels = {0, 100, 200, 200, 100, 0};
  const std::vector<std::uint8_t> seen{0, 100, 200, 50, 100, 150, 150, 100, 50, 200, 100, 0};
  CHECK(scaled(column, {1, 4}).pixels == seen);

  Picture one({1, 1}, 1);
  one.pixels = {77};
  for (const std::uint8_t value : scaled(one, {9, 5}).pixels) CHECK(value == 77);
}

TEST_CASE("a picture of the size that is wanted is not touched") {
  std::mt19937 random(5);
  const Picture picture = random_picture({17, 9}, 3, random);
  CHECK(scaled(picture, {17, 9}).pixels == picture.pixels);
}
