// Reads a JPEG image, from memory or from a file, as a picture in grey or RGB. It is decoded in the
// smallest of the sizes that the format gives for less work (an eighth, a quarter, a half) that is
// not below what is wanted. Data that is damaged, cut off or too large throws Permanent with
// libjpeg's text. One image each.
#pragma once

#include <penstock/type.hpp>

#include "image/jpeg_error.hpp"
#include "image/picture.hpp"

namespace penstock::image {

class JpegReader {
 public:
  // What is read from has to outlive the reader.
  explicit JpegReader(Bytes bytes);
  explicit JpegReader(std::FILE* file);
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader();

  // Reads what stands before the pixels.
  void read_header(std::uint64_t max_pixels);
  Dimensions size() const { return {codec_.image_width, codec_.image_height}; }
  Orientation orientation() const { return orientation_; }

  Picture read(Dimensions at_least);

 private:
  JpegReader();
  void check_scans();
  void choose_scale(Dimensions at_least);
  void read_rows(Picture& picture);
  std::string read_profile();

  JpegError error_;
  jpeg_decompress_struct codec_{};
  jpeg_progress_mgr progress_{};
  Orientation orientation_ = 1;
};

}  // namespace penstock::image
