// JPEG images for tests, and what is in one: by libjpeg itself, without the plugin. Only for good
// images: libjpeg ends the program where it cannot go on.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "image/picture.hpp"

#include <jpeglib.h>

namespace penstock {

struct JpegOptions {
  int quality = 95;
  bool progressive = false;
  J_COLOR_SPACE space = JCS_UNKNOWN;  // of four channels; unknown: as the channels say
  bool adobe = false;
  std::string exif = {};     // content of an APP1 segment
  std::string profile = {};  // ICC
  std::function<void(jpeg_compress_struct&)> more = {};
};

// What pixel (x, y) has in a channel.
using Shade = std::function<int(unsigned x, unsigned y, unsigned channel)>;

inline std::string jpeg_of(image::Dimensions size, unsigned channels, const Shade& shade,
                           const JpegOptions& options = {}) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* data = nullptr;
  unsigned long length = 0;
  jpeg_mem_dest(&codec, &data, &length);
  codec.image_width = size.width;
  codec.image_height = size.height;
  codec.input_components = static_cast<int>(channels);
  codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&codec);
  if (options.space != JCS_UNKNOWN) jpeg_set_colorspace(&codec, options.space);
  codec.write_Adobe_marker = options.adobe ? TRUE : FALSE;
  jpeg_set_quality(&codec, options.quality, TRUE);
  for (int i = 0; i != codec.num_components; ++i) {  // full colour in each pixel
    codec.comp_info[i].h_samp_factor = codec.comp_info[i].v_samp_factor = 1;
  }
  if (options.progressive) jpeg_simple_progression(&codec);
  if (options.more) options.more(codec);
  jpeg_start_compress(&codec, TRUE);
  const auto bytes_of = [](const std::string& text) {
    return reinterpret_cast<const JOCTET*>(text.data());
  };
  if (!options.exif.empty()) {
    jpeg_write_marker(&codec, JPEG_APP0 + 1, bytes_of(options.exif),
                      static_cast<unsigned>(options.exif.size()));
  }
  if (!options.profile.empty()) {
    jpeg_write_icc_profile(&codec, bytes_of(options.profile),
                           static_cast<unsigned>(options.profile.size()));
  }
  std::vector<unsigned char> pixels(std::size_t{size.width} * channels);
  for (unsigned y = 0; y != size.height; ++y) {
    for (unsigned x = 0; x != size.width; ++x) {
      for (unsigned c = 0; c != channels; ++c) {
        pixels[std::size_t{x} * channels + c] = static_cast<unsigned char>(shade(x, y, c));
      }
    }
    JSAMPROW row = pixels.data();
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  std::string jpeg(reinterpret_cast<char*>(data), length);
  std::free(data);
  return jpeg;
}

// The pixels of an image, grey or RGB, and its profile.
inline image::Picture decoded(std::string_view jpeg) {
  jpeg_decompress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&codec);
  jpeg_mem_src(&codec, reinterpret_cast<const unsigned char*>(jpeg.data()), jpeg.size());
  jpeg_save_markers(&codec, JPEG_APP0 + 2, 0xffff);
  jpeg_read_header(&codec, TRUE);
  jpeg_start_decompress(&codec);
  image::Picture picture({codec.output_width, codec.output_height},
                         static_cast<unsigned>(codec.output_components));
  for (unsigned y = 0; y != codec.output_height; ++y) {
    JSAMPROW row = picture.row(y);
    jpeg_read_scanlines(&codec, &row, 1);
  }
  JOCTET* profile = nullptr;
  unsigned size = 0;
  if (jpeg_read_icc_profile(&codec, &profile, &size) == TRUE) {
    picture.profile.assign(reinterpret_cast<char*>(profile), size);
    std::free(profile);
  }
  jpeg_finish_decompress(&codec);
  jpeg_destroy_decompress(&codec);
  return picture;
}

}  // namespace penstock
