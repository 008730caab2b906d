#include "image/jpeg_reader.hpp"

#include <penstock/errors.hpp>

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "image/exif.hpp"

namespace penstock::image {
namespace {

constexpr const char* damaged = "the JPEG image cannot be read";
constexpr int exif_marker = JPEG_APP0 + 1;
constexpr int profile_marker = JPEG_APP0 + 2;
constexpr unsigned longest_marker = 0xffff;
constexpr unsigned eighths = 8;

// An image of a few bytes can have so many scans that it takes hours; real ones have about ten.
constexpr int most_scans = 500;

// CMYK as programs of Adobe write it, inverted, or as it is.
void to_rgb(const std::uint8_t* cmyk, std::uint32_t width, bool inverted, std::uint8_t* rgb) {
  for (std::uint32_t x = 0; x != width; ++x, cmyk += 4) {
    const auto light = [&](int channel) { return inverted ? cmyk[channel] : 255 - cmyk[channel]; };
    for (int channel = 0; channel != 3; ++channel) {
      *rgb++ = static_cast<std::uint8_t>((light(channel) * light(3) + 127) / 255);
    }
  }
}

}  // namespace

JpegReader::JpegReader() {
  codec_.err = error_.manager();
  error_.guarded(damaged, [&] { jpeg_create_decompress(&codec_); });
  codec_.client_data = this;
  progress_.progress_monitor = [](j_common_ptr codec) {
    static_cast<JpegReader*>(codec->client_data)->check_scans();
  };
  codec_.progress = &progress_;
}

JpegReader::JpegReader(Bytes bytes) : JpegReader() {
  error_.guarded(damaged, [&] {
    jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  });
}

JpegReader::JpegReader(std::FILE* file) : JpegReader() {
  error_.guarded(damaged, [&] { jpeg_stdio_src(&codec_, file); });
}

JpegReader::~JpegReader() {
  jpeg_destroy_decompress(&codec_);
}

void JpegReader::check_scans() {
  if (codec_.input_scan_number > most_scans) error_.leave("it has more scans than any real one");
}

void JpegReader::read_header(std::uint64_t max_pixels) {
  error_.guarded(damaged, [&] {
    jpeg_save_markers(&codec_, exif_marker, longest_marker);
    jpeg_save_markers(&codec_, profile_marker, longest_marker);
    jpeg_read_header(&codec_, TRUE);
  });
  const std::uint64_t pixels = std::uint64_t{size().width} * size().height;
  if (pixels > max_pixels) {
    throw Permanent("the JPEG image is too large: it has " + std::to_string(size().width) + " x " +
                    std::to_string(size().height) + " = " + std::to_string(pixels) +
                    " pixels, and max_pixels is " + std::to_string(max_pixels));
  }
  for (const jpeg_marker_struct* one = codec_.marker_list; one != nullptr; one = one->next) {
    if (one->marker != exif_marker) continue;
    const Bytes segment(reinterpret_cast<const std::byte*>(one->data), one->data_length);
    orientation_ = exif_orientation(segment);
    if (orientation_ != 1) break;
  }
}

Picture JpegReader::read(Dimensions at_least) {
  const bool grey = codec_.jpeg_color_space == JCS_GRAYSCALE;
  const bool cmyk = codec_.jpeg_color_space == JCS_CMYK || codec_.jpeg_color_space == JCS_YCCK;
  codec_.out_color_space = grey ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
  choose_scale(at_least);
  std::string profile = cmyk ? std::string() : read_profile();
  error_.guarded(damaged, [&] { jpeg_start_decompress(&codec_); });
  Picture picture({codec_.output_width, codec_.output_height}, grey ? 1 : 3);
  picture.profile = std::move(profile);
  read_rows(picture);
  error_.guarded(damaged, [&] { jpeg_finish_decompress(&codec_); });
  return picture;
}

void JpegReader::choose_scale(Dimensions at_least) {
  codec_.scale_denom = eighths;
  for (codec_.scale_num = 1; codec_.scale_num < eighths; codec_.scale_num *= 2) {
    error_.guarded(damaged, [&] { jpeg_calc_output_dimensions(&codec_); });
    if (codec_.output_width >= at_least.width && codec_.output_height >= at_least.height) return;
  }
}

void JpegReader::read_rows(Picture& picture) {
  const bool cmyk = codec_.out_color_space == JCS_CMYK;
  std::vector<std::uint8_t> inks(cmyk ? std::size_t{4} * picture.size.width : 0);
  for (std::uint32_t y = 0; y != picture.size.height; ++y) {
    JSAMPROW row = cmyk ? inks.data() : picture.row(y);
    error_.guarded(damaged, [&] { jpeg_read_scanlines(&codec_, &row, 1); });
    if (cmyk) to_rgb(row, picture.size.width, codec_.saw_Adobe_marker != 0, picture.row(y));
  }
}

std::string JpegReader::read_profile() {
  JOCTET* data = nullptr;
  unsigned size = 0;
  error_.guarded(damaged, [&] { jpeg_read_icc_profile(&codec_, &data, &size); });
  const std::unique_ptr<JOCTET, decltype(&std::free)> owner(data, &std::free);
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace penstock::image
