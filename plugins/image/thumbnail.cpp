#include "image/thumbnail.hpp"

#include <unistd.h>

#include <cstdio>
#include <memory>

#include "files/input_file.hpp"
#include "image/jpeg_reader.hpp"
#include "image/scale.hpp"

namespace penstock::image {
namespace {

// What the format makes smaller by itself it does by leaving out frequencies, which leaves ripples;
// the mean of at least two by two pixels evens them out.
constexpr std::uint32_t least_reduction = 2;

Dimensions turned(Dimensions size, Orientation orientation) {
  return on_its_side(orientation) ? Dimensions{size.height, size.width} : size;
}

using Stream = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

Stream stream_of(const files::InputFile& file) {
  const int descriptor = ::dup(file.descriptor());
  Stream stream(descriptor < 0 ? nullptr : ::fdopen(descriptor, "rb"));
  if (stream) return stream;
  const std::error_code code(errno, std::generic_category());
  if (descriptor >= 0) ::close(descriptor);
  throw std::system_error(code, "cannot read '" + file.path() + "'");
}

}  // namespace

void Format::params(Params& p) {
  constexpr long most = JPEG_MAX_DIMENSION;
  p.optional("width", width, "of the box that a thumbnail fits into", between(1L, most));
  p.optional("height", height, "of that box", between(1L, most));
  p.optional("quality", quality, "of the JPEG that is written", between(1, 100));
  p.optional("enlarge", enlarge, "make images larger that are smaller than the box");
  p.optional("max_pixels", max_pixels, "an image with more is a failure", at_least(1));
}

Picture Format::picture_of(JpegReader& reader) const {
  reader.read_header(max_pixels);
  const Orientation orientation = reader.orientation();
  const Dimensions size = fit(reader.size(), turned({width, height}, orientation), enlarge);
  const Dimensions read{least_reduction * size.width, least_reduction * size.height};
  return upright(scaled(reader.read(read), size), orientation);
}

void Thumbnail::run(Bytes image, Emit<Bytes>& out) const {
  JpegReader reader(image);
  out(write_jpeg(format.picture_of(reader), format.quality).bytes());
}

void ThumbnailOfFile::run(const Datum& item, Emit<NamedThumbnail>& out) const {
  const files::InputFile file(files::path_of(item));
  const std::string& path = file.path();
  const Stream stream = stream_of(file);
  try {
    JpegReader reader(stream.get());
    const Picture picture = format.picture_of(reader);
    const Jpeg jpeg = write_jpeg(picture, format.quality);
    out({path, path.substr(path.rfind('/') + 1), picture.size.width, picture.size.height,
         jpeg.bytes()});
  } catch (const Permanent& failure) {
    // libjpeg cannot tell a file that ends from one that can be read no further.
    if (std::ferror(stream.get()) == 0) throw Permanent("'" + path + "': " + failure.what());
    throw Transient("'" + path +
                    "' cannot be read to its end: the device or the server that it "
                    "lies on reports an error");
  }
}

}  // namespace penstock::image
