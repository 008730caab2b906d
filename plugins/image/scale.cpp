#include "image/scale.hpp"

#include <algorithm>
#include <utility>

namespace penstock::image {
namespace {

// A run of a row or a column that one of the result's pixels covers, in parts of which each source
// pixel has `to` and each pixel of the result `from`: so all weights are whole numbers.
struct Cover {
  std::uint32_t first;         // source pixel
  std::uint32_t count;         // of pixels
  std::uint32_t first_weight;  // those between have the weight `to`
  std::uint32_t last_weight;
};

std::vector<Cover> covers(std::uint32_t from, std::uint32_t to) {
  std::vector<Cover> all;
  all.reserve(to);
  for (std::uint64_t i = 0; i != to; ++i) {
    const std::uint64_t begin = i * from;
    const std::uint64_t end = begin + from;
    const auto first = static_cast<std::uint32_t>(begin / to);
    const auto last = static_cast<std::uint32_t>((end - 1) / to);
    const std::uint64_t begin_of_second = (std::uint64_t{first} + 1) * to;
    const std::uint64_t begin_of_last = std::uint64_t{last} * to;
    all.push_back({first, last - first + 1,
                   static_cast<std::uint32_t>(std::min(begin_of_second, end) - begin),
                   static_cast<std::uint32_t>(end - begin_of_last)});
  }
  return all;
}

std::uint32_t weight(const Cover& cover, std::uint32_t index, std::uint32_t inner) {
  if (index == 0) return cover.first_weight;
  return index + 1 == cover.count ? cover.last_weight : inner;
}

// Sums of a row, each of weights that come to the width of the source.
void reduce_row(const std::uint8_t* row, std::uint32_t channels, std::uint32_t inner,
                const std::vector<Cover>& columns, std::vector<std::uint32_t>& sums) {
  std::size_t at = 0;
  for (const Cover& cover : columns) {
    for (std::uint32_t channel = 0; channel != channels; ++channel) {
      const std::uint8_t* from = row + std::size_t{cover.first} * channels + channel;
      std::uint32_t sum = 0;
      for (std::uint32_t i = 0; i != cover.count; ++i, from += channels) {
        sum += *from * weight(cover, i, inner);
      }
      sums[at++] = sum;
    }
  }
}

Picture smaller(const Picture& picture, Dimensions size) {
  const std::vector<Cover> columns = covers(picture.size.width, size.width);
  const std::vector<Cover> rows = covers(picture.size.height, size.height);
  const std::uint64_t whole = std::uint64_t{picture.size.width} * picture.size.height;
  Picture result(size, picture.channels);
  std::vector<std::uint32_t> sums(result.row_bytes());
  std::vector<std::uint64_t> totals(result.row_bytes());
  constexpr std::uint32_t none = UINT32_MAX;
  std::uint32_t reduced = none;  // the row that `sums` are of; one is often shared by two
  for (std::uint32_t y = 0; y != size.height; ++y) {
    std::fill(totals.begin(), totals.end(), 0);
    for (std::uint32_t i = 0; i != rows[y].count; ++i) {
      const std::uint32_t source = rows[y].first + i;
      if (source != std::exchange(reduced, source)) {
        reduce_row(picture.row(source), picture.channels, size.width, columns, sums);
      }
      const std::uint64_t factor = weight(rows[y], i, size.height);
      for (std::size_t x = 0; x != sums.size(); ++x) totals[x] += factor * sums[x];
    }
    std::uint8_t* to = result.row(y);
    for (const std::uint64_t total : totals) {
      *to++ = static_cast<std::uint8_t>((total + whole / 2) / whole);
    }
  }
  return result;
}

// Where a pixel of the larger picture lies between two of the source, in parts of 256.
struct Between {
  std::uint32_t first;
  std::uint32_t second;
  std::uint32_t part_of_second;
};

// Centres of pixels lie on centres; beyond the outermost ones nothing changes.
std::vector<Between> places(std::uint32_t from, std::uint32_t to) {
  std::vector<Between> all;
  all.reserve(to);
  for (std::uint64_t i = 0; i != to; ++i) {
    const auto half = static_cast<std::int64_t>((2 * i + 1) * from * 128 / to) - 128;
    const std::int64_t at = std::clamp<std::int64_t>(half, 0, (std::int64_t{from} - 1) * 256);
    const auto first = static_cast<std::uint32_t>(at / 256);
    all.push_back({first, std::min(first + 1, from - 1), static_cast<std::uint32_t>(at % 256)});
  }
  return all;
}

Picture larger(const Picture& picture, Dimensions size) {
  const std::vector<Between> columns = places(picture.size.width, size.width);
  const std::vector<Between> rows = places(picture.size.height, size.height);
  Picture result(size, picture.channels);
  for (std::uint32_t y = 0; y != size.height; ++y) {
    const Between& row = rows[y];
    const std::uint8_t* above = picture.row(row.first);
    const std::uint8_t* below = picture.row(row.second);
    std::uint8_t* to = result.row(y);
    for (const Between& column : columns) {
      for (std::uint32_t channel = 0; channel != picture.channels; ++channel) {
        const auto mixed = [&](const std::uint8_t* from) {
          return from[column.first * picture.channels + channel] * (256 - column.part_of_second) +
                 from[column.second * picture.channels + channel] * column.part_of_second;
        };
        const std::uint32_t sum =
            mixed(above) * (256 - row.part_of_second) + mixed(below) * row.part_of_second;
        *to++ = static_cast<std::uint8_t>((sum + (1u << 15)) >> 16);
      }
    }
  }
  return result;
}

}  // namespace

Dimensions fit(Dimensions size, Dimensions box, bool enlarge) {
  const std::uint64_t width = size.width;
  const std::uint64_t height = size.height;
  if (!enlarge && width <= box.width && height <= box.height) return size;
  const auto part = [](std::uint64_t of, std::uint64_t to, std::uint64_t from) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (of * to + from / 2) / from));
  };
  if (width * box.height >= height * box.width) {
    return {box.width, part(height, box.width, width)};
  }
  return {part(width, box.height, height), box.height};
}

Picture scaled(Picture picture, Dimensions size) {
  if (picture.size == size) return picture;
  const bool reduce = size.width <= picture.size.width && size.height <= picture.size.height;
  Picture result = reduce ? smaller(picture, size) : larger(picture, size);
  result.profile = std::move(picture.profile);
  return result;
}

}  // namespace penstock::image
