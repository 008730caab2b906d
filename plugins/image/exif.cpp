#include "image/exif.hpp"

namespace penstock::image {
namespace {

constexpr std::string_view exif_mark("Exif\0\0", 6);
constexpr std::uint32_t tiff_version = 42;
constexpr std::uint32_t orientation_tag = 0x0112;
constexpr std::uint32_t short_type = 3;
constexpr std::size_t entry_size = 12;  // tag, type, count, value

// Numbers of a TIFF structure, in its byte order; 0 for what lies outside of it.
class Tiff {
 public:
  explicit Tiff(Bytes bytes) : bytes_(bytes), big_endian_(as_text(bytes).starts_with("MM")) {}

  bool valid() const {
    return (big_endian_ || as_text(bytes_).starts_with("II")) && number(2, 2) == tiff_version;
  }

  std::uint32_t number(std::size_t at, std::size_t width) const {
    if (at > bytes_.size() || width > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i != width; ++i) {
      const std::size_t place = big_endian_ ? at + i : at + width - 1 - i;
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[place]);
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool big_endian_;
};

}  // namespace

Orientation exif_orientation(Bytes segment) {
  constexpr Orientation upright = 1;
  if (!as_text(segment).starts_with(exif_mark)) return upright;
  const Tiff tiff(segment.subspan(exif_mark.size()));
  if (!tiff.valid()) return upright;
  const std::size_t directory = tiff.number(4, 4);
  const std::size_t count = tiff.number(directory, 2);
  for (std::size_t i = 0; i != count; ++i) {
    const std::size_t entry = directory + 2 + i * entry_size;
    if (tiff.number(entry, 2) != orientation_tag) continue;
    const Orientation value = tiff.number(entry + 8, 2);
    const bool valid = tiff.number(entry + 2, 2) == short_type && tiff.number(entry + 4, 4) == 1 &&
                       value >= 1 && value <= 8;
    return valid ? value : upright;
  }
  return upright;
}

}  // namespace penstock::image
