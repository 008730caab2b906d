// image.thumbnail and image.thumbnail_file: a JPEG image made smaller, of an item's bytes or of the
// file that it names. Proportions are kept; a picture that a camera marks as lying on its side is
// turned upright; CMYK becomes RGB; a colour profile is kept, all else beside the pixels is not.
#pragma once

#include <penstock/plugin.hpp>

#include <string>

#include "image/jpeg_writer.hpp"

namespace penstock::image {

class JpegReader;

class Format {
 public:
  std::uint32_t width = 256;
  std::uint32_t height = 256;
  int quality = 85;
  bool enlarge = false;
  std::uint64_t max_pixels = 100'000'000;

  void params(Params& p);
  Picture picture_of(JpegReader& reader) const;
};

class Thumbnail {
 public:
  Format format;

  void params(Params& p) { format.params(p); }
  void run(Bytes image, Emit<Bytes>& out) const;
};

struct NamedThumbnail {
  std::string path;  // of the image
  std::string name;  // what stands behind the last / of it
  std::int64_t width = 0;
  std::int64_t height = 0;
  Bytes content;
};
PENSTOCK_FIELDS(NamedThumbnail, path, name, width, height, content)

class ThumbnailOfFile {
 public:
  Format format;

  void params(Params& p) { format.params(p); }
  void run(const Datum& item, Emit<NamedThumbnail>& out) const;
};

}  // namespace penstock::image
