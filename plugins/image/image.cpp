// The plugin `image`: pictures made smaller.
#include <penstock/plugin.hpp>

#include "image/thumbnail.hpp"

PENSTOCK_PLUGIN("image", "0.1.0", "makes thumbnails of JPEG images") {
  using namespace penstock::image;
  plugin.transform<Thumbnail>("thumbnail", "a JPEG image, smaller");
  plugin.transform<ThumbnailOfFile>("thumbnail_file", "the JPEG image of a path, smaller");
}
